"""Events of the dossier and of identity: children, hand-overs, record holds, agents."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from services.enrolment.attendance.service_handovers.commands import (
    declared_handovers,
    handover_ticks,
)
from services.enrolment.bookings.commands import other_home_days
from services.enrolment.children.commands import replica
from services.enrolment.children.commands.child_file_locks import lock_files
from services.enrolment.children.rules.merge import Item, rounds_of
from services.enrolment.conversations.commands import thread_readers
from services.enrolment.families.commands.card_marking import touch_cards_of_households
from services.enrolment.families.queries.guardians import households_of_children
from services.enrolment.families.queries.households import homes_of_children
from services.enrolment.live_changes import rights_changed
from services.enrolment.places.admission.queries.child_file import FILE
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.giving.commands import record_holds
from services.enrolment.places.giving.commands.outgrown_places import end_outgrown_on_arrival
from services.enrolment.places.placing.commands import billing_events
from services.enrolment.school_year.enrolments.commands import requests as school_requests
from services.enrolment.store import vault
from shared.bus import DOSSIER, IDENTITY, Service, subscribes, subscribes_together
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.sharing import projections
from shared.contracts.dossier.sharing import service_handovers as handover_contracts
from shared.contracts.enrolment.conditions import CARRIED_BY
from shared.contracts.identity import accounts
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now
from shared.person import apply_subject_changed
from shared.register.entitlement import FAMILY
from shared.runtime.logs import log

ARRIVED_FILES, ENDED_LINKS = "arrived_files", "ended_links"
DECIDING = (*FILE, *CARRIED_BY.values())
"""Projections by which an application may be decided."""
Arrived = Mapping[str, Sequence[Item]]
"""Items by projection."""


def decide_on_arrived_files(write: Write, child_ids: Collection[str], at: datetime) -> None:
    """
    Decide what waited for the files of these children, once for all that came in a transaction.

    A child that is linked comes in half a dozen events, of which most arrive together.
    """
    applications.decide_on_arrived_files(write, child_ids, at)
    end_outgrown_on_arrival(write, child_ids, at)
    school_requests.drop_requests_of_strangers(write, vault, child_ids, at)


class Events(Service):
    """Each event is handled once, in the transaction of its inbox row."""

    @subscribes_together(projections.projection, sources=[DOSSIER])
    def on_projections(
        self,
        write: Write,
        events: Sequence[projections.ProjectionSent],
        _deliveries: Sequence[Delivery],
    ) -> None:
        """
        Store what the dossier sent, if the register entitles this provider to it.

        The second wall: content that arrived without entitlement is dropped, neither stored nor
        parked in a dead-letter queue, where it would stay for days.
        """
        arrived = [
            (event.projection, [Item(**item) for item in event.items])
            for event in events
            if self._is_entitled_to(event)
        ]
        lock_files(write, _children_of(arrived, {FAMILY, *DECIDING}))
        rounds = list(rounds_of(arrived, projections.RESYNC_BATCH))
        if len(rounds) > 1:  # a later one would take its keys after the groups of the first
            replica.lock_children(write, (item for _, items in arrived for item in items))
        for items in rounds:
            store = _store_with_families if FAMILY in items else _store
            moved = store(write, items)
            ended = {item.child_id for item in items.get(FAMILY, ()) if item.content is None}
            if left := ended & moved.get(FAMILY, set()):
                write.touch(ENDED_LINKS, left, now())
            file = {child for each in DECIDING for child in moved.get(each, ())}
            if file:
                write.touch(ARRIVED_FILES, file, now())

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        """Store the rights of an agent; the desk checks them at every request."""
        if apply_subject_changed(write, event):
            rights_changed(write, event.subject)

    @subscribes(safeguarding.file_held, sources=[DOSSIER])
    def on_file_held(self, write: Write, event: safeguarding.FileHeld, _delivery: Delivery) -> None:
        """Mute a child under a record hold, and end what it had here (rules' test 10)."""
        record_holds.store_record_hold(write, event, now())

    @subscribes(handover_contracts.handover_declared, sources=[DOSSIER])
    def on_handover_declared(
        self, write: Write, event: handover_contracts.HandoverDeclared, _delivery: Delivery
    ) -> None:
        """Store this side of a hand-over with another service."""
        declared_handovers.store_handover(write, event)

    @subscribes(handover_contracts.handover_passed, sources=[DOSSIER])
    def on_handover_passed(
        self, write: Write, event: handover_contracts.HandoverTick, _delivery: Delivery
    ) -> None:
        """Store a tick of the other service."""
        handover_ticks.record_tick_of_other_side(write, event, now())

    def _is_entitled_to(self, event: projections.ProjectionSent) -> bool:
        entitled = self.settings.register.is_entitled(self.settings.principal, event.projection)
        if not entitled:
            log("projection_refused", projection=event.projection, items=len(event.items))
        return bool(entitled)


def _children_of(arrived: Sequence[tuple[str, Sequence[Item]]], codes: Collection[str]) -> set[str]:
    return {item.child_id for each, items in arrived if each in codes for item in items}


def _store(write: Write, items: Arrived) -> dict[str, set[str]]:
    return replica.store_items(write, vault, items, now())


def _store_with_families(write: Write, items: Arrived) -> dict[str, set[str]]:
    """Store what arrived, with all that follows from who the guardians of children are."""
    concerned = [item.child_id for item in items[FAMILY]]
    former = households_of_children(write, concerned)
    before = homes_of_children(write, concerned) if former else {}
    moved = _store(write, items)
    other_home_days.book_changed_days(write, before, now())
    billing_events.publish_pending(write, moved[FAMILY])
    households = former | households_of_children(write, moved[FAMILY])
    touch_cards_of_households(write, households, now())
    thread_readers.update_readers(write, vault, households, now())
    return moved
