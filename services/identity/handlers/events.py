"""Events that queue an email or end an invitation."""

from services.identity import mail
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.invitations.commands import guardian_credentials
from services.identity.mail.provider_closure_texts import CLOSED, OPEN_AFTER_ALL
from services.identity.mail.template_shape import FRENCH
from services.identity.mail.texts import NEWS
from services.identity.store import store
from shared.bus import DOSSIER, PORTAL, Service, subscribes
from shared.contracts.dossier import registrations
from shared.contracts.dossier.families import household_adults, trusted_person_accesses
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.identity import accounts
from shared.contracts.message import Delivery
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.dates.clock import now, today
from shared.web.language.day_phrases import days_in_words


class Events(Service):
    """Handlers of events; identity alone knows email addresses."""

    @subscribes(registrations.registration_opened, sources=[DOSSIER])
    def on_registration_opened(
        self, write: Write, event: registrations.RegistrationOpened, _delivery: Delivery
    ) -> None:
        email_id = event.letter_id or event.draft_id  # an event from before emails had ids
        guardian_credentials.send_registration_link(
            write, email_id, event.address, event.reference, event.secret
        )

    @subscribes(registrations.registration_email_changed, sources=[DOSSIER])
    def on_registration_email_changed(
        self, write: Write, event: registrations.RegistrationEmailChanged, _delivery: Delivery
    ) -> None:
        guardian_credentials.notify_old_registration_address(write, event.letter_id, event.address)

    @subscribes(family_imports.guardian_taken_back, sources=[DOSSIER])
    def on_guardian_taken_back(
        self, write: Write, event: family_imports.GuardianTakenBack, _delivery: Delivery
    ) -> None:
        guardian_credentials.void_codes(write, event.guardian_id)

    @subscribes(family_imports.letter_returned, sources=[DOSSIER])
    def on_letter_returned(
        self, write: Write, event: family_imports.LetterReturned, _delivery: Delivery
    ) -> None:
        account = guardian_credentials.void_letter_code(write, event.guardian_id, event.at, now())
        if account is not None:
            publish_subject_changed(write, account, store.register, today())

    @subscribes(household_adults.guardian_corrected, sources=[DOSSIER])
    def on_guardian_corrected(
        self, write: Write, event: household_adults.GuardianCorrected, _delivery: Delivery
    ) -> None:
        account = guardian_credentials.correct_name_of_account(write, event, now())
        if account is not None:
            publish_subject_changed(write, account, store.register, today())

    @subscribes(household_adults.guardian_forgotten, sources=[DOSSIER])
    def on_guardian_forgotten(
        self, write: Write, event: household_adults.GuardianForgotten, _delivery: Delivery
    ) -> None:
        account = guardian_credentials.close_forgotten_account(write, event, now())
        if account is not None:
            publish_subject_changed(write, account, store.register, today())

    @subscribes(trusted_person_accesses.access_granted, sources=[DOSSIER])
    def on_access_granted(
        self, write: Write, event: trusted_person_accesses.AccessGranted, _delivery: Delivery
    ) -> None:
        """
        Write to the person, invite who has no account, and publish to the dossier whose it is.
        """
        account, is_new = guardian_credentials.invite_access_holder(write, event, now())
        if is_new:
            publish_subject_changed(write, account, store.register, today())
        found = accounts.AccessHolderFound(event.access_id, account.subject)
        write.publish(accounts.access_holder_found, found, to=DOSSIER)

    @subscribes(portal_events.letter_due, sources=[PORTAL])
    def on_letter_due(
        self, write: Write, event: portal_events.LetterDue, _delivery: Delivery
    ) -> None:
        """Queue an email to a guardian of whom the portal knows only an id."""
        stop = f"{self.settings.portal_url}/courriels/arret/{event.token}"
        mail.queue_email(write, event.subject, NEWS, f"portal|{event.key}", unsubscribe=stop)

    @subscribes(portal_events.urgent_letter_due, sources=[PORTAL])
    def on_urgent_letter_due(
        self, write: Write, event: portal_events.UrgentLetterDue, _delivery: Delivery
    ) -> None:
        """Queue an email that says which service is closed on which day, before all others."""
        service = self.settings.register.provider(event.provider)
        if service is None:
            return
        template = OPEN_AFTER_ALL if event.lifted else CLOSED
        days = days_in_words(event.days, FRENCH, today())
        values = {"service": service.label, "days": days}
        mail.queue_email(write, event.subject, template, f"urgent|{event.key}", **values)
