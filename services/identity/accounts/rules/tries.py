"""
Rate limits of failed sign-ins: each waits longer than the one before; no account is ever locked.

From a device that has signed in as this account before, its own mistakes count and nobody else's.
From any other, three tries at a login are free, then the wait is 1, 2, 4… seconds and 15 minutes at
most; one address takes ten tries an hour at one login (goal A15). Where an address, a login or a
principal has many tries behind it, a stranger knocks, waits ten seconds and is let try: slowed
down, not refused. Only far beyond is it refused, without effect on another address, login or
principal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

FREE = 3
LONGEST = timedelta(minutes=15)
WINDOW, MOST_IN_WINDOW = timedelta(hours=1), 10
FORGOTTEN_AFTER = timedelta(days=1)
"""A login that nobody tried for so long begins anew."""

PATIENCE, KNOCK_COUNTS_FOR = timedelta(seconds=10), timedelta(minutes=10)
"""Wait of a stranger after its knock in a crowd, and the validity of that knock."""

BUSY_SECONDS = 5
"""Wait of a stranger while other strangers' passwords are being hashed, in seconds."""

NO_WAIT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many tries within a while slow strangers down, and so many more stop them."""

    window: timedelta
    slows: int
    stops: int


AT_ADDRESS = Crowd(timedelta(minutes=10), slows=10, stops=30)
"""Of one address over all logins: a family's, a library's, a school's."""

AT_LOGIN = Crowd(timedelta(hours=1), slows=20, stops=120)
"""
At one login from all addresses together, or a thousand machines would have a thousand times ten.

A stopped owner has two ways in that strangers have not: a device known before, or the email of the
forgotten password, which makes a device known.
"""

AT_PRINCIPAL = Crowd(timedelta(minutes=1), slows=120, stops=600)
"""Over all logins, at the portal or at one desk. A hash takes 50 ms: half a core is strangers'."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries since the last success: how many, when lately, and when a stranger last knocked."""

    failed: int = 0
    recent: tuple[datetime, ...] = ()
    knocked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Strangers:
    """Earlier tries of devices that this account does not know."""

    here: Tries  # at this login, from this address
    address: Tries
    login: Tries
    at_principal: int  # within its window, over all logins; a knock is no try


@dataclass(frozen=True, slots=True)
class Wait:
    """Time to wait; `others`: because of a crowd; `knocks`: the wait begins with this try."""

    time: timedelta = NO_WAIT
    others: bool = False
    knocks: bool = False


AT_ONCE = Wait()


def tries_digest(*parts: str) -> str:
    """Return what tries are filed under; a login among the parts is folded."""
    return sha256(":".join(parts).encode()).hexdigest()


def device_wait(tries: Tries, at: datetime) -> timedelta:
    """Return how long one device, or one address at one login, must wait for its next try."""
    return max(
        _growing_wait(tries, at), _time_until_fewer(tries, WINDOW, MOST_IN_WINDOW, at), NO_WAIT
    )


def strangers_wait(before: Strangers, at: datetime) -> Wait:
    """Return how long a device that the account does not know must wait for its next try."""
    own = device_wait(before.here, at)
    if own > NO_WAIT:
        return Wait(own)
    around = ((before.address, AT_ADDRESS), (before.login, AT_LOGIN))
    stopped = max(
        _time_until_fewer(tries, crowd.window, crowd.stops, at) for tries, crowd in around
    )
    if stopped > NO_WAIT:
        return Wait(stopped, others=True)
    if before.at_principal >= AT_PRINCIPAL.stops:
        return Wait(PATIENCE, others=True)
    slowed = max(_time_until_fewer(tries, crowd.window, crowd.slows, at) for tries, crowd in around)
    if slowed > NO_WAIT or before.at_principal >= AT_PRINCIPAL.slows:
        return _crowd_wait(before.here.knocked_at, at)
    return AT_ONCE


def add_try(
    tries: Tries, at: datetime, window: timedelta = WINDOW, most: int = MOST_IN_WINDOW
) -> Tries:
    """Return the tries with one more, made at this moment; the last `most` of a window are kept."""
    asleep = not tries.recent or at - tries.recent[-1] >= FORGOTTEN_AFTER
    recent = tuple(moment for moment in tries.recent if at - moment < window)
    return Tries(1 if asleep else tries.failed + 1, (*recent, at)[-most:])


def remove_try(tries: Tries, at: datetime) -> Tries:
    """Return the tries without the one of this moment, whose turn is still to come."""
    left = tuple(moment for moment in tries.recent if moment != at)
    return Tries(max(tries.failed - 1, 0), left, at - PATIENCE)


def add_knock(tries: Tries, at: datetime) -> Tries:
    """Return the tries with the moment at which somebody was asked to wait in a crowd."""
    return Tries(tries.failed, tries.recent, at)


def _crowd_wait(knocked_at: datetime | None, at: datetime) -> Wait:
    if knocked_at is None or not knocked_at <= at < knocked_at + KNOCK_COUNTS_FOR:
        return Wait(PATIENCE, others=True, knocks=True)
    left = knocked_at + PATIENCE - at
    return Wait(left, others=True) if left > NO_WAIT else AT_ONCE


def _growing_wait(tries: Tries, at: datetime) -> timedelta:
    if tries.failed < FREE or not tries.recent:
        return NO_WAIT
    seconds = 2 ** min(tries.failed - FREE, 20)
    return tries.recent[-1] + min(timedelta(seconds=seconds), LONGEST) - at


def _time_until_fewer(tries: Tries, window: timedelta, most: int, at: datetime) -> timedelta:
    """Return how long until there are fewer than `most` tries within the window."""
    within = [moment for moment in tries.recent if at - moment < window]
    if len(within) < most:
        return NO_WAIT
    return within[-most] + window - at
