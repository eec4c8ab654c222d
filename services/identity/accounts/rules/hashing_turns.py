"""
Semaphore of password hashes: the unknown devices of one principal are served one at a time.

A hash costs 50 ms and 46 MiB, two are made at once, and a caller waits for three seconds: behind
many strangers a known device would time out. Each principal has a semaphore of its own.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

MOST_WAITING = 3
LONGEST_SECONDS = 1.0
"""Less than the caller's timeout of three seconds, for a machine that is busy otherwise."""


class Taken(Exception):
    """Too many wait already: one more would not be answered in time."""


class Turns:
    """One at a time, and a few that wait."""

    def __init__(self) -> None:
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self.here = 0  # the one served, and those that wait

    @contextmanager
    def wait_for_turn(self) -> Iterator[None]:
        """Wait for a turn; raises Taken where too many wait already, or for too long."""
        self._queue_up()
        try:
            if not self._turn.acquire(timeout=LONGEST_SECONDS):
                raise Taken
            try:
                yield
            finally:
                self._turn.release()
        finally:
            with self._lock:
                self.here -= 1

    def _queue_up(self) -> None:
        with self._lock:
            if self.here > MOST_WAITING:
                raise Taken
            self.here += 1


_strangers: defaultdict[str, Turns] = defaultdict(Turns)


def turns_of_strangers(azp: str) -> Turns:
    """Return the turns of the devices that accounts do not know, at a principal."""
    return _strangers[azp]
