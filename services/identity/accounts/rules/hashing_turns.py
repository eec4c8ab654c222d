"""
Turns of unknown devices at password hashing: one at a time, those with fewest mistakes first.

A hash costs 50 ms and 46 MiB, and two are made at once: one place is always left to known devices.
A caller waits for three seconds, hence few wait here, and none for long. Where more come, each
principal keeps its share, and who has fewer mistakes behind its address displaces who has more: an
address without any goes before all of a flood that has tried already.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

MOST_WAITING = 3
LONGEST_SECONDS = 1.0
"""Less than the caller's timeout of three seconds, for a machine that is busy otherwise."""


class Taken(Exception):
    """Too many wait already: one more would not be answered in time."""


@dataclass(eq=False)
class Stranger:
    """A try of an unknown device; `since` is its first knock, which it keeps when it comes back."""

    azp: str
    mistakes: int
    since: datetime
    called: threading.Event = field(default_factory=threading.Event)
    displaced: bool = False

    def mistakes_sort_key(self) -> tuple[int, datetime]:
        return self.mistakes, self.since


class Turns:
    """One at a time, and a few that wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: list[Stranger] = []
        self._served: dict[str, int] = {}
        self._numbers = count(1)

    @property
    def count_served_and_waiting(self) -> int:
        """Return how many are served or wait."""
        return self._busy + len(self._waiting)

    @contextmanager
    def wait_for_turn(self, azp: str, mistakes: int, since: datetime) -> Iterator[None]:
        """Wait for a turn; raises Taken where others go before, or for too long."""
        stranger = Stranger(azp, mistakes, since)
        self._put_into_queue(stranger)
        if not stranger.called.wait(LONGEST_SECONDS) and not self._was_called(stranger):
            raise Taken
        if stranger.displaced:
            raise Taken
        try:
            yield
        finally:
            self._call_next()

    def _put_into_queue(self, stranger: Stranger) -> None:
        with self._lock:
            if not self._busy:
                self._call_stranger(stranger)
                return
            self._waiting.append(stranger)
            if len(self._waiting) > MOST_WAITING:
                last = self._last_in_line()
                self._waiting.remove(last)
                last.displaced = True
                last.called.set()

    def _was_called(self, stranger: Stranger) -> bool:
        """Say whether a turn came in the moment in which its stranger gave up; it waits no more."""
        with self._lock:
            if stranger not in self._waiting:
                return True
            self._waiting.remove(stranger)
            return False

    def _call_next(self) -> None:
        with self._lock:
            self._busy = False
            if self._waiting:
                self._call_stranger(min(self._waiting, key=self._turn_sort_key))

    def _call_stranger(self, stranger: Stranger) -> None:
        if stranger in self._waiting:
            self._waiting.remove(stranger)
        self._busy = True
        self._served[stranger.azp] = next(self._numbers)
        stranger.called.set()

    def _turn_sort_key(self, stranger: Stranger) -> tuple[int, tuple[int, datetime]]:
        return self._served.get(stranger.azp, 0), stranger.mistakes_sort_key()

    def _last_in_line(self) -> Stranger:
        waiting = Counter(each.azp for each in self._waiting)
        return max(self._waiting, key=lambda each: (waiting[each.azp], each.mistakes_sort_key()))


strangers = Turns()
