"""How long somebody stays signed in, and the secret that says so: plain rules."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

IDLE = {"family": timedelta(minutes=30), "agent": timedelta(minutes=60)}
"""Without a renewed token for so long, a session is over (ASVS 7.3.1)."""

ABSOLUTE = timedelta(hours=12)
"""And after so long in any case (ASVS 7.3.2)."""

TICK = timedelta(microseconds=1)


def new_secret() -> str:
    """Return 256 random bits: the only copy goes to whom the session belongs."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is stored of a secret; with 256 random bits in it, no salt is needed."""
    return sha256(secret.encode()).hexdigest()


def is_open(
    kind: str,
    opened_at: datetime,
    last_used_at: datetime,
    ended_at: datetime | None,
    at: datetime,
) -> bool:
    """Say whether a session is still good at this moment."""
    if ended_at is not None:
        return False
    return at - last_used_at < IDLE[kind] and at - opened_at < ABSOLUTE


def issue_moment(at: datetime, not_before: datetime) -> datetime:
    """Return when a token is issued: never before what its subject's older tokens fell to."""
    return max(at, not_before)


def cut_off(at: datetime, last_issued: datetime | None) -> datetime:
    """Return the `not_before` that no token issued so far reaches, whichever clock issued it."""
    return max(at, last_issued + TICK) if last_issued else at
