"""Rounds of identity: e-mails every few seconds, what is over every hour."""

from services.identity.invitations.commands import guardians
from services.identity.invitations.queries.guardians import forgotten_logins
from services.identity.jobs import housekeeping
from services.identity.jobs.emails import carry_out
from services.identity.store import store
from shared.bus import Service, every
from shared.dates.clock import now

HOUR = 3600.0
POST_SECONDS = 3.0
"""Between two rounds of the post: somebody may wait for a code."""


class Rounds(Service):
    """Each of these can stop anywhere and is done again without harm."""

    @every(POST_SECONDS)
    def carry_out_post(self) -> None:
        with store.read() as read:
            logins = forgotten_logins(read)
        if logins:
            with store.write() as write:
                guardians.write_to_who_forgot(write, logins, now())
        carry_out(self.settings.mail_server, self.settings.portal_url)

    @every(HOUR, jitter=600.0)
    def forget(self) -> None:
        with store.write() as write:
            housekeeping.forget(write, now())
