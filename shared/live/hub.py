"""
Open pages of one process, the audiences that each waits for, and their counts of changes.

A push causes one read of the database, however many pages wait for it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from shared.live.page_position import Position
from shared.runtime.logs import log_error
from shared.runtime.metrics import open_pages

MOST_SEATS = 4_000
MOST_OF_ONE = 8
"""Limit of open pages of one session, so that one browser cannot exhaust the process."""

Counts = Mapping[tuple[str, str], int]


class Full(Exception):
    """The process holds as many pages open as it may."""


class Seat:
    """One open page."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.audiences: tuple[str, ...] = ()
        self.ended = False
        self._woken = threading.Event()

    def end_stream(self) -> None:
        """Let the page's stream end."""
        self.ended = True
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    def wait(self, seconds: float) -> bool:
        """Wait until something changed, at most so long; return whether something did."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken


class Hub:
    """The seats of one process and the counts that concern them; `counts_of` reads them."""

    def __init__(
        self,
        counts_of: Callable[[Collection[str]], Counts],
        kinds: tuple[str, ...],
        principal: str = "",
    ) -> None:
        self.kinds = kinds
        self._counts_of = counts_of
        self._lock = threading.Lock()
        self._seats: set[Seat] = set()
        self._waiting: dict[str, set[Seat]] = defaultdict(set)
        self._of_session: dict[str, list[Seat]] = defaultdict(list)
        self._known: dict[tuple[str, str], int] = {}
        self._open = open_pages.labels(principal)

    @property
    def count_open_pages(self) -> int:
        """Return how many pages are open here."""
        return len(self._seats)

    def register_open_page(self, session: str) -> Seat:
        """
        Give a place to a page of a session, until `unregister_open_page`; raises Full.

        A session's oldest page gives way to its ninth: a browser that went on is noticed late.
        """
        seat = Seat(session)
        with self._lock:
            if len(self._seats) >= MOST_SEATS:
                raise Full
            self._seats.add(seat)
            self._open.inc()
            seats = self._of_session[session]
            seats.append(seat)
            oldest = seats[0] if len(seats) > MOST_OF_ONE else None
        if oldest is not None:
            oldest.end_stream()
            self.unregister_open_page(oldest)
        return seat

    def unregister_open_page(self, seat: Seat) -> None:
        """Give the place up; safe to repeat."""
        with self._lock:
            if seat not in self._seats:
                return
            self._seats.discard(seat)
            self._open.dec()
            self._stop_waiting(seat)
            seats = self._of_session[seat.session]
            seats.remove(seat)
            if not seats:
                del self._of_session[seat.session]

    def watch(self, seat: Seat, audiences: tuple[str, ...]) -> None:
        """Let a seat wait for these audiences, and read how far they are."""
        if seat.audiences != audiences:
            with self._lock:
                self._stop_waiting(seat)
                seat.audiences = audiences if seat in self._seats else ()
                for audience in seat.audiences:
                    self._waiting[audience].add(seat)
        self._read_counts(audiences)

    def position(self, seat: Seat) -> Position:
        """Return how far the audiences of a seat are, as last read."""
        return Position.of_audiences(seat.audiences, self.kinds, self._known)

    def on_push(self, audiences: Collection[str] | None) -> None:
        """Read the counts of these audiences (None: of all) and wake their pages."""
        try:
            with self._lock:
                concerned = [
                    audience
                    for audience in (self._waiting if audiences is None else audiences)
                    if audience in self._waiting
                ]
            if not concerned:
                return
            self._read_counts(concerned)
            with self._lock:
                seats = {seat for audience in concerned for seat in self._waiting.get(audience, ())}
            for seat in seats:
                seat.wake()
        except Exception as error:  # pages read the counts at the next heartbeat
            log_error("push_not_read", error)

    def _read_counts(self, audiences: Collection[str]) -> None:
        for key, count in self._counts_of(audiences).items():
            if count > self._known.get(key, 0):
                self._known[key] = count

    def _stop_waiting(self, seat: Seat) -> None:
        for audience in seat.audiences:
            self._waiting[audience].discard(seat)
            if not self._waiting[audience]:
                del self._waiting[audience]
                for kind in self.kinds:
                    self._known.pop((audience, kind), None)
