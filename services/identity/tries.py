"""
Failed tries: each costs more patience than the one before, and nobody is locked out for good.

Three tries are free, then the wait is 1, 2, 4… seconds and 15 minutes at most; an account takes ten
tries an hour, whoever makes them (goal A15). Over all logins together a town takes 120 a minute:
somebody who tries one password at every door waits too. Addresses are the portal's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

FREE = 3
LONGEST = timedelta(minutes=15)
WINDOW, MOST_IN_WINDOW = timedelta(hours=1), 10
FORGOTTEN_AFTER = timedelta(days=1)
"""A login that nobody tried for so long begins anew."""

TOWN_WINDOW, MOST_IN_TOWN_WINDOW = timedelta(minutes=1), 120

NO_WAIT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries at one login since its last success: how many, and when in the last hour."""

    failed: int = 0
    recent: tuple[datetime, ...] = ()


def digest_of(kind: str, login: str) -> str:
    """Return what a login's tries are filed under; `login` is folded."""
    return sha256(f"{kind}:{login}".encode()).hexdigest()


def wait(tries: Tries, at: datetime) -> timedelta:
    """Return how long this login must still wait for its next try."""
    return max(_growing(tries, at), _hourly(tries, at), NO_WAIT)


def noted(tries: Tries, at: datetime) -> Tries:
    """Return the tries with one more, made at this moment."""
    asleep = not tries.recent or at - tries.recent[-1] >= FORGOTTEN_AFTER
    recent = tuple(moment for moment in tries.recent if at - moment < WINDOW)
    return Tries(1 if asleep else tries.failed + 1, (*recent, at)[-MOST_IN_WINDOW:])


def town_wait(latest: Sequence[datetime], at: datetime) -> timedelta:
    """Return how long anybody must wait; `latest` are other logins' tries, newest first."""
    if len(latest) < MOST_IN_TOWN_WINDOW:
        return NO_WAIT
    return max(latest[MOST_IN_TOWN_WINDOW - 1] + TOWN_WINDOW - at, NO_WAIT)


def _growing(tries: Tries, at: datetime) -> timedelta:
    if tries.failed < FREE or not tries.recent:
        return NO_WAIT
    seconds = 2 ** min(tries.failed - FREE, 20)
    return tries.recent[-1] + min(timedelta(seconds=seconds), LONGEST) - at


def _hourly(tries: Tries, at: datetime) -> timedelta:
    within = [moment for moment in tries.recent if at - moment < WINDOW]
    if len(within) < MOST_IN_WINDOW:
        return NO_WAIT
    return within[-MOST_IN_WINDOW] + WINDOW - at
