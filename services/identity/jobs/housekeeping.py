"""Deletes expired rows of identity, every hour."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists

from services.identity.accounts.rules import sign_in_delays
from services.identity.agents.commands.rights_awaiting_holder import delete_old_offers
from services.identity.jobs.emails import delete_ended_emails
from services.identity.models import Invitation, LetterLot, LoginTries, Passing, SignIn
from services.identity.own_email.commands import delete_expired_changes
from services.identity.second_factors.commands import challenges, change_record
from services.identity.sessions.commands import accompanied, front_desk_code, known_devices
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from shared.database import Write

SESSIONS_FOR = sessions.ABSOLUTE + timedelta(days=1)
INVITATIONS_FOR = timedelta(days=30)
"""Retention after expiry: an administrator may ask about a letter."""


def delete_expired_rows(write: Write, at: datetime) -> None:
    """Delete expired sessions, codes, tries, devices, challenges, changes and keys of emails."""
    write.execute(delete(SignIn).where(SignIn.opened_at < at - SESSIONS_FOR))
    write.execute(delete(Passing).where(Passing.expires_at < at))
    write.execute(delete(Invitation).where(Invitation.expires_at < at - INVITATIONS_FOR))
    write.execute(delete(LetterLot).where(~exists().where(Invitation.lot == LetterLot.id)))
    accompanied.delete_old_sessions(write, at)
    front_desk_code.delete_expired_codes(write, at)
    known_devices.delete_expired_devices(write, at)
    challenges.delete_expired_challenges(write, at)
    change_record.delete_old_changes(write, at)
    delete_expired_changes(write, at)
    delete_old_offers(write, at)
    write.execute(
        delete(LoginTries).where(LoginTries.last_at < at - sign_in_delays.FORGOTTEN_AFTER)
    )
    knocks = LoginTries.knocked_at.is_not(None) & (LoginTries.failed == 0)
    over = LoginTries.last_at < at - sign_in_delays.KNOCK_COUNTS_FOR
    write.execute(delete(LoginTries).where(knocks, over))
    delete_ended_emails(write, at)
