"""Events of the dossier: cards of guardians, announcements and notices."""

from services.portal_gateway.cards.commands.guardian_and_household_cards import keep_guardian_card
from services.portal_gateway.notices.commands.notices import (
    keep_expiring_paper,
    keep_person_request,
    keep_projection_grant_notice,
    keep_widening,
)
from shared.bus import DOSSIER, Service, subscribes
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.dossier.sharing import grants, provider_changes
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now


class DossierEvents(Service):
    """Events that the dossier alone publishes."""

    @subscribes(guardians.guardian_card, sources=[DOSSIER])
    def on_guardian_card(
        self, write: Write, event: guardians.GuardianCard, _delivery: Delivery
    ) -> None:
        """Store a guardian's households and children, so that the first page sends no request."""
        keep_guardian_card(write, event)

    @subscribes(provider_changes.widening_announced, sources=[DOSSIER])
    def on_widening_announced(
        self, write: Write, event: provider_changes.WideningAnnounced, _delivery: Delivery
    ) -> None:
        """Store a household's notice of an upcoming widening, once."""
        keep_widening(write, event, now())

    @subscribes(grants.guardian_grant_changed, sources=[DOSSIER])
    def on_guardian_grant_changed(
        self, write: Write, event: grants.GuardianGrantChanged, _delivery: Delivery
    ) -> None:
        """
        Store that a guardian granted or ended a projection to a provider, for both guardians to
        read.
        """
        keep_projection_grant_notice(write, event, now())

    @subscribes(person_requests.person_request_changed, sources=[DOSSIER])
    def on_person_request_changed(
        self, write: Write, event: person_requests.PersonRequestChanged, _delivery: Delivery
    ) -> None:
        """Keep that a request was prolonged or answered, for the guardian who asked alone."""
        keep_person_request(write, event, now())

    @subscribes(papers.paper_expiring, sources=[DOSSIER])
    def on_paper_expiring(
        self, write: Write, event: papers.PaperExpiring, _delivery: Delivery
    ) -> None:
        """Keep that a paper ends within thirty days, for the guardian who is asked for the next."""
        keep_expiring_paper(write, event, now())
