"""Links of accounts with identities elsewhere, and the tickets of who has proven one."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from services.identity.models import Account, Challenge, OpenIdLink
from services.identity.openid import queries
from services.identity.second_factors.commands import challenges
from services.identity.sessions.rules.lifetime_and_secrets import digest_of_session_secret
from shared.contracts.identity.openid import OpenIdNotLinkable
from shared.database import Write

TICKET = "ticket"
_WITH_FACTOR, _WITHOUT_FACTOR = "with factor", "without factor"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The account of a person whom the provider knows; `factor`: it asked for a second one."""

    subject: str
    factor: bool


def begin_round_trip(
    write: Write, at: datetime, *, subject: str | None = None, session: str = ""
) -> str:
    """Begin a way to the provider and back; return the secret that stays in the browser."""
    begun = str(int(time.time()))  # as the provider's clock says it, which ours is compared with
    return challenges.make_challenge(
        write, challenges.OPENID, at, subject=subject, session=session, asked=begun
    ).secret


def end_round_trip(
    write: Write, secret: str, at: datetime, *, subject: str | None = None, session: str = ""
) -> int | None:
    """Return when a way to the provider began, in seconds of Unix; None unless it is open."""
    begun = challenges.use_up_challenge(
        write, secret, challenges.OPENID, at, subject=subject, session=session
    )
    return None if begun is None else int(begun)


def link_account(write: Write, account: Account, digest: str, at: datetime) -> None:
    """Link an account with an identity; raises OpenIdNotLinkable where either has a link."""
    if queries.link_of_account(write, account.subject) is not None:
        raise OpenIdNotLinkable(reason="linked")
    row = write.upsert_into(OpenIdLink).values(
        subject=account.subject, kind=account.kind, digest=digest, linked_at=at
    )
    once = row.on_conflict_do_nothing().returning(OpenIdLink.subject)
    if write.scalar(once) is None:
        raise OpenIdNotLinkable(reason="taken")


def unlink_account(write: Write, subject: str) -> bool:
    """End the link of an account, and what is under way by it; say whether there was one."""
    write.execute(
        delete(Challenge).where(Challenge.subject == subject, Challenge.purpose == TICKET)
    )
    gone = delete(OpenIdLink).where(OpenIdLink.subject == subject)
    return write.scalar(gone.returning(OpenIdLink.subject)) is not None


def make_ticket(write: Write, subject: str, azp: str, factor: bool, at: datetime) -> str:
    """Give a ticket to who was proven at a principal; return its secret."""
    asked = _WITH_FACTOR if factor else _WITHOUT_FACTOR
    return challenges.make_challenge(
        write, TICKET, at, subject=subject, session=azp, asked=asked
    ).secret


def lock_ticket(write: Write, secret: str, azp: str, at: datetime) -> Ticket | None:
    """Return an open ticket of this principal, held until the end; None for any other."""
    query = select(Challenge).where(
        Challenge.digest == digest_of_session_secret(secret),
        Challenge.purpose == TICKET,
        Challenge.session == digest_of_session_secret(azp),
        Challenge.expires_at > at,
    )
    row = write.scalar(query.with_for_update())
    return Ticket(row.subject, row.asked == _WITH_FACTOR) if row and row.subject else None


def use_up_ticket(write: Write, secret: str, of: Ticket, azp: str, at: datetime) -> bool:
    """Use a ticket up; say whether it was still there."""
    used = challenges.use_up_challenge(write, secret, TICKET, at, subject=of.subject, session=azp)
    return used is not None
