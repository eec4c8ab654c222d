"""
Passing from one desk to another without signing in again: a code, once, for 30 seconds.

The code travels in an address. It opens nothing but a session at that provider's desk, for an agent
who has a right there and whose session on the other side was open when it was made.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from services.identity.accounts import queries
from services.identity.models import Account, Passing
from services.identity.sessions.commands import signing_in
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from shared.contracts.errors import NotEntitled, NotFound
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.database import Write
from shared.register import ENDED, RUNNING, TRIAL, Office

GOOD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Passed:
    """An agent who came in by a code: who, and the new session."""

    account: Account
    secret: str
    issued_at: datetime


def create_code_to_pass_to_desk(
    write: Write, subject: str, here: Office, there: Office, at: datetime, day: date
) -> tuple[str, datetime]:
    """Return a code and until when it is good; raises NotFound, NotEntitled or NotSignedIn."""
    if there.state not in (RUNNING, TRIAL, ENDED) or there.code == here.code:
        raise NotFound(provider=there.code)
    account = queries.lock_account(write, subject)
    if not queries.has_right_on(write, account.subject, there.code, day):
        raise NotEntitled(reason="no_right_today")
    since = signing_in.sign_in_time_of_latest_session(
        write, account.subject, account.kind, here.principal, at
    )
    code = sessions.new_session_secret()
    write.add(
        Passing(
            digest=sessions.digest_of_session_secret(code),
            subject=account.subject,
            azp=there.principal,
            signed_in_at=since,
            made_at=at,
            expires_at=at + GOOD_FOR,
        )
    )
    return code, at + GOOD_FOR


def enter_with_code(
    write: Write, code: str, azp: str, provider: str, at: datetime, day: date
) -> Passed:
    """
    Use the code up and open a session that counts from the sign-in on the other side.

    Raises WrongCredentials for a code that is unknown, used, over, for another desk, or made before
    the agent's tokens were cut off, and NotEntitled where the agent is not welcome here today.
    """
    subject = write.scalar(
        select(Passing.subject).where(Passing.digest == sessions.digest_of_session_secret(code))
    )
    if subject is None:
        raise WrongCredentials
    account = queries.lock_account(write, subject)
    passing = write.get_one(Passing, sessions.digest_of_session_secret(code))
    if not _is_code_usable(passing, account, azp, at):
        raise WrongCredentials
    signing_in.refuse_without_right_at_door(write, account, provider, at, day)
    passing.used_at = at
    secret, issued_at = signing_in.open_session(write, account, azp, at, since=passing.signed_in_at)
    return Passed(account, secret, issued_at)


def _is_code_usable(passing: Passing, account: Account, azp: str, at: datetime) -> bool:
    return (
        account.active
        and passing.azp == azp
        and passing.used_at is None
        and account.not_before <= passing.made_at
        and passing.made_at <= at < passing.expires_at
    )
