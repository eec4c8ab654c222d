"""Lifetime of sessions, and the secrets that identify them."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from shared.dates.clock import CLOCKS_DIFFER

IDLE = {"family": timedelta(minutes=30), "agent": timedelta(minutes=60)}
"""Time without a renewed token after which a session is over, by role (ASVS 7.3.1)."""

ABSOLUTE = timedelta(hours=12)
"""And after so long in any case (ASVS 7.3.2)."""

TICK = timedelta(microseconds=1)


def new_session_secret() -> str:
    """Return 256 random bits, of which only the session's owner gets a copy."""
    return secrets.token_urlsafe(32)


def digest_of_session_secret(secret: str) -> str:
    """Return what is stored of a secret; with 256 random bits in it, no salt is needed."""
    return sha256(secret.encode()).hexdigest()


def is_session_open(
    kind: str,
    opened_at: datetime,
    last_used_at: datetime,
    ended_at: datetime | None,
    at: datetime,
) -> bool:
    """Say whether a session is still good at this moment; none is of a clock that was ahead."""
    if ended_at is not None:
        return False
    if not -CLOCKS_DIFFER < at - last_used_at < IDLE[kind]:
        return False
    return -CLOCKS_DIFFER < at - opened_at < ABSOLUTE


def issue_time_of_next_token(at: datetime, not_before: datetime) -> datetime:
    """Return a token's time of issue: never before its subject's `not_before`."""
    return max(at, not_before)


def not_before_after(at: datetime, last_issued: datetime | None) -> datetime:
    """Return a `not_before` later than every token issued so far, whichever clock issued it."""
    return max(at, last_issued + TICK) if last_issued else at
