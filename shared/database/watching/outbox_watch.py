"""Cheap poll of the outbox, ten times a second: one statement says whether a row is due."""

from datetime import timedelta
from typing import Any

from shared.database.tables.types import text_of_moment
from shared.database.watching.commit_watch import Watch
from shared.dates.clock import CLOCKS_DIFFER, now

LONGEST_DELAY = timedelta(minutes=1)
"""Longest time for which a row of the outbox is put off, after many refusals."""

CLOCK_WAS_AHEAD = LONGEST_DELAY + CLOCKS_DIFFER
"""What is due later was written by a clock that was ahead, and has been set right since."""

_DUE = {
    "sqlite": "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at <= ? OR next_at > ?)",
    "postgresql": "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at <= %s OR next_at > %s)",
}


class OutboxWatch(Watch):
    """
    Tells whether a row of the outbox is due.

    Of PostgreSQL's NOTIFY nothing is heard here: it would serialise the commits of writers.
    """

    def may_be_due(self) -> bool:
        """Return whether to read the outbox; True after an error, so that the read reports it."""
        try:
            return self._is_any_due()
        except Exception:
            self.close()
            return True

    def _is_any_due(self) -> bool:
        moment = now()
        limits: list[Any] = [moment, moment + CLOCK_WAS_AHEAD]
        if self._dialect == "sqlite":
            limits = [text_of_moment(limit) for limit in limits]
        return bool(self._first_value(_DUE[self._dialect], *limits))
