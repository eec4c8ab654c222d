"""
Rate limits of failed sign-ins: each waits longer than the one before; no account is ever locked.

From a device that has signed in as this account before, its own mistakes count and nobody else's.
From any other, three tries at a login are free, then the wait is 1, 2, 4… seconds and 15 minutes at
most; one address takes ten tries an hour at one login (goal A15). Where an address, its network or
a login has many tries behind it, a stranger knocks, waits five seconds and is let try: slowed down,
not refused. Only far beyond is it refused, without effect on another address or login.

How many tries a principal has behind it slows nobody down: where more come than can be hashed,
those with the fewest mistakes at their address go first (`hashing_turns`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from shared.dates.clock import CLOCKS_DIFFER

FREE = 3
LONGEST = timedelta(minutes=15)
WINDOW, MOST_IN_WINDOW = timedelta(hours=1), 10
FORGOTTEN_AFTER = timedelta(days=1)
"""A login that nobody tried for so long begins anew."""

PATIENCE, KNOCK_COUNTS_FOR = timedelta(seconds=5), timedelta(minutes=10)
"""Wait of a stranger after its knock in a crowd, and the validity of that knock."""

BUSY_SECONDS = 2
"""Wait of a stranger while other strangers' passwords are being hashed, in seconds."""

NO_WAIT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Crowd:
    """
    Limits of the tries of strangers within a while: `slows` slow them down, `stops` stop them.

    As many tries as `a_mistake` count as one mistake where turns are given; 0: none does.
    """

    window: timedelta
    slows: int
    stops: int
    a_mistake: int


AT_ADDRESS = Crowd(timedelta(minutes=10), slows=10, stops=30, a_mistake=1)
"""Limits of one address over all logins: a family's, a library's, a school's."""

AT_NETWORK = Crowd(timedelta(minutes=10), slows=100, stops=300, a_mistake=10)
"""
Limits of a wide IPv6 network: one subscriber of some providers has 65,536 addresses of 64 bits.
"""

AT_LOGIN = Crowd(timedelta(hours=1), slows=20, stops=120, a_mistake=0)
"""
Limits at one login from everywhere, or a thousand machines would have a thousand times ten.

A stopped owner has two ways in that strangers have not: a device known before, or the email of the
forgotten password, which makes a device known.
"""


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries since the last success: how many, when lately, and when a stranger last knocked."""

    failed: int = 0
    recent: tuple[datetime, ...] = ()
    knocked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Strangers:
    """Earlier tries of devices that this account does not know."""

    here: Tries  # those at this login, from this address
    around: tuple[tuple[Crowd, Tries], ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Time to wait; `others`: because of a crowd; `knocks`: the wait begins with this try."""

    time: timedelta = NO_WAIT
    others: bool = False
    knocks: bool = False


AT_ONCE = Wait()


def digest_of_counted_tries(*parts: str) -> str:
    """Return what tries are filed under; a login among the parts is folded."""
    return sha256(":".join(parts).encode()).hexdigest()


def wait_of_known_device(tries: Tries, at: datetime) -> timedelta:
    """Return how long one device, or one address at one login, must wait for its next try."""
    return max(
        _wait_growing_with_mistakes(tries, at),
        _time_until_fewer_tries(tries, WINDOW, MOST_IN_WINDOW, at),
        NO_WAIT,
    )


def wait_of_unknown_device(before: Strangers, at: datetime) -> Wait:
    """Return how long a device that the account does not know must wait for its next try."""
    own = wait_of_known_device(before.here, at)
    if own > NO_WAIT:
        return Wait(own)
    stopped = max(
        _time_until_fewer_tries(tries, crowd.window, crowd.stops, at)
        for crowd, tries in before.around
    )
    if stopped > NO_WAIT:
        return Wait(stopped, others=True)
    slowed = max(
        _time_until_fewer_tries(tries, crowd.window, crowd.slows, at)
        for crowd, tries in before.around
    )
    return _wait_in_crowd(before.here, at) if slowed > NO_WAIT else AT_ONCE


def count_mistakes_of_address(before: Strangers, at: datetime) -> int:
    """Return how many mistakes, and knocks for other logins, an address has behind it."""
    own = waiting_for_turn_since(before.here, at) is not None
    counted = (
        (len(_moments_within(tries, crowd.window, at)) - own) // crowd.a_mistake
        for crowd, tries in before.around
        if crowd.a_mistake
    )
    return max([0, *counted])


def waiting_for_turn_since(here: Tries, at: datetime) -> datetime | None:
    """Return since when somebody waits for a turn, None where nobody does."""
    knock = here.knocked_at
    return knock if knock and knock <= at < knock + KNOCK_COUNTS_FOR else None


def tries_with_one_more(
    tries: Tries, at: datetime, window: timedelta = WINDOW, most: int = MOST_IN_WINDOW
) -> Tries:
    """Return the tries with one more, made at this moment; the last `most` of a window are kept."""
    failed = 1 if _is_forgotten(tries, at) else tries.failed + 1
    return Tries(failed, (*_moments_within(tries, window, at), at)[-most:])


def tries_without_one(tries: Tries, at: datetime, knock: datetime | None = None) -> Tries:
    """Return the tries without the one of this moment; its turn may be still to come."""
    left = tuple(moment for moment in tries.recent if moment != at)
    return Tries(max(tries.failed - 1, 0), left, knock)


def tries_with_moment_asked_to_wait(tries: Tries, at: datetime) -> Tries:
    """Return the tries with the moment at which somebody was asked to wait in a crowd."""
    return Tries(tries.failed, tries.recent, at)


def _is_forgotten(tries: Tries, at: datetime) -> bool:
    """
    Return whether who tried begins anew: long ago, or by a clock that was ahead.

    Every agent's code is wrong by such a clock: set back, it would keep them all waiting till then.
    """
    return not tries.recent or not -CLOCKS_DIFFER < at - tries.recent[-1] < FORGOTTEN_AFTER


def _moments_within(tries: Tries, window: timedelta, at: datetime) -> list[datetime]:
    return [moment for moment in tries.recent if -CLOCKS_DIFFER < at - moment < window]


def _wait_in_crowd(here: Tries, at: datetime) -> Wait:
    knock = waiting_for_turn_since(here, at)
    if knock is None:
        return Wait(PATIENCE, others=True, knocks=True)
    left = knock + PATIENCE - at
    return Wait(left, others=True) if left > NO_WAIT else AT_ONCE


def _wait_growing_with_mistakes(tries: Tries, at: datetime) -> timedelta:
    if tries.failed < FREE or _is_forgotten(tries, at):
        return NO_WAIT
    seconds = 2 ** min(tries.failed - FREE, 20)
    return tries.recent[-1] + min(timedelta(seconds=seconds), LONGEST) - at


def _time_until_fewer_tries(tries: Tries, window: timedelta, most: int, at: datetime) -> timedelta:
    """Return how long until there are fewer than `most` tries within the window."""
    within = _moments_within(tries, window, at)
    if len(within) < most:
        return NO_WAIT
    return within[-most] + window - at
