"""
Whose password is hashed next: strangers share one place of the two, so that the other stays free.

A hash costs 50 ms and 46 MiB, and who asks waits for seconds only: behind more than a few strangers
a known device would wait in vain, and its page would say that nobody answers.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_WAITING = 3
LONGEST_SECONDS = 1.0
"""On a machine that is busy with other things few are too many: who asks waits for three."""


class Taken(Exception):
    """So many wait already that one more would not be answered in time."""


class Turns:
    """One at a time, and a few that wait."""

    def __init__(self) -> None:
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self.here = 0  # who has its turn, and who waits for it

    @contextmanager
    def one(self) -> Iterator[None]:
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


strangers = Turns()
