"""
Gives each day of a child to one of its two homes: alternating weeks, and halves of holidays.

Pure. Each day is of exactly one home. A day of changing hands is the home's where the child wakes
up if it goes after school, or in the evening: its lunch is that home's. It is the other's if the
child goes in the morning, before school.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shared.dates.school_holidays import ZONE_B, Holidays, SchoolCalendar

MORNING, EVENING = "morning", "evening"
MOMENTS = (MORNING, EVENING)
"""Before school, or after school (on a day without school: in the evening)."""
HALVES, FORTNIGHTS = "halves", "fortnights"
SUMMERS = (HALVES, FORTNIGHTS)
MONDAY, FRIDAY = 1, 5
FARTHEST_CHANGE = 120
"""Days within which a child that lives in two homes changes hands: a summer's half is shorter."""


def usual_handover_moment(changes_on: int) -> str:
    """Return when a child changes hands where nobody says it: on Mondays before school."""
    return MORNING if changes_on == MONDAY else EVENING


@dataclass(frozen=True)
class Weeks:
    """
    The homes of a child: `even` has it in the weeks of even ISO numbers, `odd` in the others.

    A week begins where the child changes hands, and has the parity of the ISO week of its first
    whole day; after a year of 53 weeks two odd ones follow each other, as a judgment means it.
    `school_days` is the home of Monday to Friday where only the weekends alternate. `holidays` is
    the home with the first half of the school holidays that begin in even years; where it is None
    the weeks go on. `even` and `odd` are the same home for a child that lives in one. `calendar`
    says when school holidays are; no message holds it.
    """

    even: str
    odd: str
    changes_on: int = FRIDAY
    changes_at: str = EVENING
    school_days: str | None = None
    holidays: str | None = None
    summer: str = HALVES
    calendar: SchoolCalendar = ZONE_B

    @classmethod
    def from_content(cls, content: Mapping[str, Any], calendar: SchoolCalendar) -> "Weeks":
        """Return the weeks that a message holds, by the town's school holidays."""
        return cls(**{name: content[name] for name in FIELDS}, calendar=calendar)

    @property
    def has_two_homes(self) -> bool:
        """Return whether the child lives in two homes."""
        return self.even != self.odd

    @property
    def first_weekday_in_home(self) -> int:
        """Return the weekday, 1 to 7, that is the first of a week whole in its home."""
        return self.changes_on if self.changes_at == MORNING else self.changes_on % 7 + 1

    def household_on(self, day: date) -> str:
        """Return the home whose day it is."""
        off = self.calendar.shared_holidays_on(day) if self.holidays else None
        if off is not None:
            return self._household_in_holidays(off, day)
        if self.school_days is None:
            begins = day - timedelta(days=(day.isoweekday() - self.first_weekday_in_home) % 7)
            return self._home_of_week(begins)
        return self.school_days if day.isoweekday() <= FRIDAY else self._home_of_week(day)

    def next_change(self, day: date) -> date | None:
        """Return the first day after that one which is another home's; None where none comes."""
        here = self.household_on(day)
        following = (day + timedelta(days=ahead) for ahead in range(1, FARTHEST_CHANGE))
        return next((each for each in following if self.household_on(each) != here), None)

    def _home_of_week(self, day: date) -> str:
        return self.even if day.isocalendar().week % 2 == 0 else self.odd

    def _household_in_holidays(self, off: Holidays, day: date) -> str:
        parts = 4 if off.is_summer and self.summer == FORTNIGHTS else 2
        part = (day - off.first).days * parts // off.length_in_days
        in_even_years = part % 2 == 0
        is_theirs = in_even_years == (off.first.year % 2 == 0)
        assert self.holidays is not None
        return self.holidays if is_theirs else self._other_home(self.holidays)

    def _other_home(self, household: str) -> str:
        return self.odd if household == self.even else self.even


FIELDS = ("even", "odd", "changes_on", "changes_at", "school_days", "holidays", "summer")
"""The fields of `Weeks`, as messages name them."""
