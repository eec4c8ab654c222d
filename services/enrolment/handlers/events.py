"""Events of the dossier, of identity and of schools: children, hand-overs, record holds, agents."""

from collections.abc import Sequence

from services.enrolment.arrived_projections import store_projections
from services.enrolment.attendance.handovers_between_services.commands import (
    declared_handovers,
    handover_ticks,
)
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.live_changes import note_changed_rights_of_agent
from services.enrolment.places.giving.commands import places_ended_by_record_hold
from services.enrolment.school_year.schools.commands.offer_of_renamed_school import (
    follow_published_school,
)
from shared.bus import DOSSIER, IDENTITY, PROVIDERS, Service, subscribes, subscribes_together
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.sharing import handovers_between_services as handover_contracts
from shared.contracts.dossier.sharing import projections
from shared.contracts.enrolment.school_year import schools
from shared.contracts.identity import accounts
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now
from shared.person import apply_subject_changed
from shared.town.schools.replica import keep_school


class Events(Service):
    """Each event is handled once, in the transaction of its inbox row."""

    @subscribes_together(projections.projection, sources=[DOSSIER])
    def on_projections(
        self,
        write: Write,
        events: Sequence[projections.ProjectionSent],
        _deliveries: Sequence[Delivery],
    ) -> None:
        """Store what the dossier sent of children, one or many at once."""
        sent = [(event.projection, [Item(**item) for item in event.items]) for event in events]
        store_projections(write, self.settings, sent)

    @subscribes(schools.school_published, sources=[PROVIDERS])
    def on_school_published(
        self, write: Write, event: schools.SchoolPublished, delivery: Delivery
    ) -> None:
        """Keep a school of another provider; what is offered here to its pupils follows it."""
        keep_school(write, delivery.source, event)
        follow_published_school(write, event.content, now())

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        """Store the rights of an agent; the desk checks them at every request."""
        if apply_subject_changed(write, event):
            note_changed_rights_of_agent(write, event.subject)

    @subscribes(safeguarding.file_held, sources=[DOSSIER])
    def on_file_held(self, write: Write, event: safeguarding.FileHeld, _delivery: Delivery) -> None:
        """Mute a child under a record hold, and end what it had here (rules' test 10)."""
        places_ended_by_record_hold.store_record_hold(write, event, now())

    @subscribes(handover_contracts.handover_declared, sources=[DOSSIER])
    def on_handover_declared(
        self, write: Write, event: handover_contracts.HandoverDeclared, _delivery: Delivery
    ) -> None:
        """Store this side of a hand-over with another service."""
        declared_handovers.store_service_handover(write, event)

    @subscribes(handover_contracts.handover_passed, sources=[DOSSIER])
    def on_handover_passed(
        self, write: Write, event: handover_contracts.HandoverTick, _delivery: Delivery
    ) -> None:
        """Store a tick of the other service."""
        handover_ticks.record_tick_of_other_side(write, event, now())
