"""
The tests that a run by day leaves to the night: `make test-all` sets PREAU_TEST_ALL for all.

A random machine draws other sequences in each run, so that many short runs see as much as a long
one; the night draws as many as one run once did, at once.
"""

import os
from collections.abc import Iterable

import pytest

ALL = os.environ.get("PREAU_TEST_ALL") == "yes"
"""True where this run leaves nothing to the night."""
BUSY = 6
"""Times as long as by day that the night waits at most for what is seen once it is there."""
NIGHT_SECONDS = 1800
"""A test of the night that goes on then hangs: its machine may be busy, and it measures none."""


def longest_wait(seconds: float) -> float:
    """Return for how long a run waits until what should come counts as missing."""
    return seconds * (BUSY if ALL else 1)


def give_time(items: Iterable[pytest.Item]) -> None:
    """Let each test of the night go on for as long as a busy machine may need, or as it says."""
    for item in items:
        if ALL or item.get_closest_marker("nightly"):
            own = item.get_closest_marker("timeout")
            seconds = max([NIGHT_SECONDS, *(own.args if own else ())])
            item.add_marker(pytest.mark.timeout(seconds), append=False)


def sequences(by_day: int, *, at_night: int) -> int:
    """Return how many random sequences this run tries."""
    return at_night if ALL else by_day


def size(by_day: int, *, at_night: int) -> int:
    """Return how large this run makes what grows: a log, a list, a print run, a row of deaths."""
    return sequences(by_day, at_night=at_night)
