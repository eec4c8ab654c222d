"""
The household of a day, for a child of two households (rules, Families).

Pure. Weeks alternate by their ISO number and change on a day of the week: a period runs from that
day to the eve of the next, and has the parity of the ISO week in which it begins. After a year of
53 weeks two odd ones follow each other, as a judgment with « semaines impaires » means it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Weeks:
    """Household of the even and of the odd weeks; `changes_on` is 1 (Monday) to 7."""

    even: str
    odd: str
    changes_on: int

    def household_on(self, day: date) -> str:
        """Return the household that has the child in the week of that day."""
        begins = day - timedelta(days=(day.isoweekday() - self.changes_on) % 7)
        return self.even if begins.isocalendar().week % 2 == 0 else self.odd


@dataclass(frozen=True)
class Home:
    """
    Home of one child.

    `weeks` is None for a child of one household, and if the weeks are not shared out: a day then
    belongs to the household that orders it.
    """

    households: frozenset[str] = frozenset()
    weeks: Weeks | None = None

    @property
    def all_households(self) -> frozenset[str]:
        """Return every household to which a day of the child may belong."""
        return self.households | ({self.weeks.even, self.weeks.odd} if self.weeks else frozenset())


def household_of_day(home: Home, day: date, asking: Collection[str] = ()) -> str | None:
    """
    Return the household to which the child's day belongs; None for a child of no household.

    `asking` are the households of the person who orders it, used while the weeks are not shared
    out.
    """
    if home.weeks is not None:
        return home.weeks.household_on(day)
    own = sorted(home.households & set(asking))
    return next(iter(own or sorted(home.households)), None)
