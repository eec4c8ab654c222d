"""Events that make an e-mail leave, or end an invitation."""

from types import SimpleNamespace

from services.identity import mail
from services.identity.accounts.commands.announcements import publish_subject_changed
from services.identity.invitations.commands import guardians
from services.identity.mail.texts import NEWS
from services.identity.store import store
from shared.bus import DOSSIER, PORTAL, Service, subscribes
from shared.contracts import portal
from shared.contracts.dossier import family_imports as arrivals
from shared.contracts.dossier import registrations as drafts
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now, today


class Events(Service):
    """Identity alone knows addresses."""

    @subscribes(drafts.draft_opened, sources=[DOSSIER])
    def on_draft_opened(self, write: Write, fact: SimpleNamespace) -> None:
        letter_id = fact.letter_id or fact.draft_id  # a fact of before letters had ids
        guardians.send_draft_link(write, letter_id, fact.address, fact.reference, fact.secret)

    @subscribes(drafts.draft_email_changed, sources=[DOSSIER])
    def on_draft_email_changed(self, write: Write, fact: SimpleNamespace) -> None:
        guardians.tell_former_address(write, fact.letter_id, fact.address)

    @subscribes(arrivals.guardian_taken_back, sources=[DOSSIER])
    def on_guardian_taken_back(self, write: Write, fact: SimpleNamespace) -> None:
        guardians.end_invitation(write, fact.guardian_id)

    @subscribes(arrivals.letter_returned, sources=[DOSSIER])
    def on_letter_returned(self, write: Write, fact: SimpleNamespace) -> None:
        account = guardians.end_letter(write, fact.guardian_id, fact.at, now())
        if account is not None:
            publish_subject_changed(write, account, store.register, today())

    @subscribes(portal.letter_due, sources=[PORTAL])
    def on_letter_due(self, write: Write, event: portal.LetterDue, _delivery: Delivery) -> None:
        """Post a letter to a guardian of whom the portal knows an id alone."""
        stop = f"{self.settings.portal_url}/courriels/arret/{event.token}"
        mail.post(write, event.subject, NEWS, f"portal|{event.key}", unsubscribe=stop)
