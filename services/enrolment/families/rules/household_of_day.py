"""
The household of a day, for a child of two households (rules, Families).

Pure. Whose a day is, `shared/dates/two_home_weeks.py` says; weeks are dated, so that a past day
stays whose it was.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from shared.dates.two_home_weeks import Weeks


@dataclass(frozen=True)
class Home:
    """
    Home of one child.

    `dated` holds weeks with the day from which each holds, the latest first. Of a child of one
    household there are none, nor if the weeks are not shared out: a day then belongs to the
    household that orders it. After `last_day`, where there is one, the child has left the town.
    """

    households: frozenset[str] = frozenset()
    dated: tuple[tuple[date, Weeks], ...] = ()
    last_day: date | None = None

    @property
    def all_households(self) -> frozenset[str]:
        """Return every household to which a day to come of the child may belong."""
        latest = self.dated[0][1] if self.dated else None
        return self.households | ({latest.even, latest.odd} if latest else frozenset())

    @property
    def without_last_day(self) -> "Home":
        """Return the same home as if the child stayed."""
        return replace(self, last_day=None)

    def has_left_by(self, day: date) -> bool:
        """Say whether the child has left the town by that day."""
        return self.last_day is not None and day > self.last_day

    def weeks_on(self, day: date) -> Weeks | None:
        """Return the weeks that held on that day."""
        return next((weeks for since, weeks in self.dated if since <= day), None)


def household_of_day(home: Home, day: date, asking: Collection[str] = ()) -> str | None:
    """
    Return the household to which the child's day belongs; None for a child of no household, or that
    has left the town.

    `asking` are the households of the person who orders it, used while the weeks are not shared
    out.
    """
    if home.has_left_by(day):
        return None
    weeks = home.weeks_on(day)
    if weeks is not None:
        return weeks.household_on(day)
    own = sorted(home.households & set(asking))
    return next(iter(own or sorted(home.households)), None)
