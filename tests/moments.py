"""
The seven moments of `make test-moments`, and a clock that a test moves on for one town.

Tests ask the machine's clock, as the product does and all that they start. libfaketime answers for
it, in every process of a run alike: the moment where the run begins, and from there time goes on.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from math import ceil
from pathlib import Path

from shared.dates.clock import PARIS, midnight

LIBRARY = "faketime/libfaketimeMT.so.1"
FRIDAY, SUNDAY = 5, 7
SECONDS_APART = 60
"""Distance of a process from the moment that it was given, at most: starting it takes a while."""


def _clock_changes(day: date) -> bool:
    return midnight(day + timedelta(days=1)) - midnight(day) != timedelta(days=1)


MOMENTS: dict[str, tuple[Callable[[date], bool], time]] = {
    "friday-evening": (lambda day: day.isoweekday() == FRIDAY, time(18, 5, tzinfo=PARIS)),
    "sunday-night": (lambda day: day.isoweekday() == SUNDAY, time(23, 58, tzinfo=PARIS)),
    "clock-change": (_clock_changes, time(0, 58, tzinfo=UTC)),
    "christmas-eve": (lambda day: (day.month, day.day) == (12, 24), time(17, 58, tzinfo=PARIS)),
    "end-of-school-year": (lambda day: (day.month, day.day) == (8, 31), time(14, tzinfo=PARIS)),
    "leap-day": (lambda day: (day.month, day.day) == (2, 29), time(11, tzinfo=PARIS)),
    "new-year": (lambda day: (day.month, day.day) == (1, 1), time(0, 1, tzinfo=PARIS)),
}
"""Days, and an hour of each. The clock changes at 1 h in UTC, in spring and in autumn."""


def next_one(name: str, now: datetime) -> datetime:
    """Return when a moment comes next, in UTC."""
    fits, hour = MOMENTS[name]
    return next(
        moment
        for day in _days_from(now)
        if fits(day) and (moment := datetime.combine(day, hour).astimezone(UTC)) > now
    )


def clock_at(moment: datetime) -> dict[str, str]:
    """Return the environment in which it is that moment now, for as many processes as have it."""
    environment = {**_FAKED, "LD_PRELOAD": _library(), "FAKETIME": _offset(moment)}
    _check(environment, moment)
    return environment


class MovedClock:
    """
    The clock of all that is started with its environment, moved while that runs.

    How far it is off stands in a file, which each process reads whenever it asks for the time. No
    setting of the product leads there: who may preload a library into a process owns the process.
    """

    def __init__(self, path: Path, moment: datetime) -> None:
        self._path = path
        self.environment = {
            **_FAKED,
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(path),
            "FAKETIME_NO_CACHE": "1",
        }
        self.move_to(moment)
        _check(self.environment, moment)

    def move_to(self, moment: datetime) -> None:
        """Let it be that moment now; time goes on from there."""
        self._off = moment - datetime.now(UTC)
        beside = self._path.with_suffix(".new")
        beside.write_text(_offset(moment) + "\n", "ascii")
        beside.replace(self._path)

    def now(self) -> datetime:
        """Return what it says, in UTC."""
        return datetime.now(UTC) + self._off


_FAKED = {
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "FAKETIME_DISABLE_SHM": "1",
    "NO_FAKE_STAT": "1",
}
"""
Processes that are killed leave nothing behind in memory. Files keep their true dates, or Python
would compile everything anew. How long something takes is measured by another clock, which stays.
"""


def _offset(moment: datetime) -> str:
    return f"{ceil((moment - datetime.now(UTC)).total_seconds()):+d}"


def _check(environment: dict[str, str], moment: datetime) -> None:
    """Ask what the time is in an environment; raises SystemExit if it is another."""
    asked = [sys.executable, "-c", "import time; print(time.time())"]
    said = float(subprocess.run(asked, env=environment, capture_output=True, check=True).stdout)
    if abs(said - moment.timestamp()) > SECONDS_APART:
        sys.exit(f"libfaketime does not work here: it said {datetime.fromtimestamp(said, UTC)}.")


def _days_from(now: datetime) -> Iterator[date]:
    today = now.astimezone(PARIS).date()
    return (today + timedelta(days=distance) for distance in count())


def _library() -> str:
    found = next(Path("/usr/lib").glob(f"*/{LIBRARY}"), None)
    if found is None:
        sys.exit("libfaketime is missing: run `deploy/bootstrap.sh moments`.")
    return str(found)
