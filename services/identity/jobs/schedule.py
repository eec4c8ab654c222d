"""Jobs of identity: sends emails every few seconds, deletes expired rows every hour."""

from services.identity.invitations.commands import forgotten_passwords as forgotten
from services.identity.invitations.queries.open_guardian_codes import requests_to_reset_password
from services.identity.jobs import housekeeping
from services.identity.jobs.emails import send_due_emails
from services.identity.store import store
from shared.bus import Service, every
from shared.dates.clock import now

HOUR = 3600.0
POST_SECONDS = 3.0
"""Between two runs: a person may be waiting for a code."""


class Schedule(Service):
    """Each job is idempotent: it may be interrupted at any point and run again."""

    @every(POST_SECONDS)
    def send_emails(self) -> None:
        with store.read() as read:
            asked = bool(requests_to_reset_password(read))
        if asked:
            with store.write() as write:
                forgotten.email_forgotten_passwords(write, now())
        send_due_emails(self.settings.mail_server, self.settings.portal_url)

    @every(HOUR, jitter=600.0)
    def forget(self) -> None:
        with store.write() as write:
            housekeeping.delete_expired_rows(write, now())
