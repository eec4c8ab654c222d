"""
Kinds of days: working days, school holidays, days on which a group meets.

Pure: the provider's special days come in as an argument.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from shared.register.calendar import ALL_BRIDGES, ASCENSION

SATURDAY = 6
DAY = timedelta(days=1)
ASCENSION_DAY = "Ascension"
"""Name of the day among public holidays."""
TERM, HOLIDAYS, ALWAYS = "term", "holidays", "always"
LONGEST_CLOSURE = timedelta(days=400)


class NoWorkingDay(ValueError):
    """A calendar without a working day in more than a year: every day was closed."""


@dataclass(frozen=True)
class Calendar:
    """The days that a provider's calendar sets apart; a day may be several of them."""

    school_holidays: frozenset[date] = field(default_factory=frozenset)
    public_holidays: frozenset[date] = field(default_factory=frozenset)
    closed: frozenset[date] = field(default_factory=frozenset)
    bridges: frozenset[date] = field(default_factory=frozenset)
    """Days on which offices are closed, though activities may take place."""

    def is_working(self, day: date) -> bool:
        """Return whether the provider works on a day: its deadlines count these days."""
        return day.isoweekday() < SATURDAY and not self.is_off(day) and day not in self.bridges

    def is_off(self, day: date) -> bool:
        """Return whether nothing takes place: a public holiday, or closed by the provider."""
        return day in self.public_holidays or day in self.closed

    def is_day_of_running_period(self, day: date, runs_in: str) -> bool:
        """Return whether what runs in term, in the holidays or always takes place on a day."""
        if self.is_off(day):
            return False
        return runs_in == ALWAYS or (runs_in == HOLIDAYS) == (day in self.school_holidays)

    def working_days_before(self, day: date, count: int) -> date:
        """Return the day `count` working days before; 0 is the day itself. Raises NoWorkingDay."""
        last_day, earliest = day, day - LONGEST_CLOSURE
        for _ in range(count):
            last_day -= timedelta(days=1)
            while not self.is_working(last_day):
                last_day -= timedelta(days=1)
                if last_day < earliest:
                    raise NoWorkingDay
        return last_day


def bridge_days(public_holidays: Mapping[date, str], which: str) -> dict[date, str]:
    """Return the days between a public holiday and a weekend on which a town closes, named."""
    found = {}
    for day, label in public_holidays.items():
        beside = {2: day - DAY, 4: day + DAY}.get(day.isoweekday())
        meant = which == ALL_BRIDGES or (which == ASCENSION and label == ASCENSION_DAY)
        if beside and meant and beside not in public_holidays:
            found[beside] = f"Pont : {label}"
    return found


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day, both included."""
    for distance in range((last - first).days + 1):
        yield first + timedelta(days=distance)


def school_year_of(day: date) -> str:
    """Return the school year of a day, as « 2026-2027 »: it turns on 1 September."""
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}-{first + 1}"


def school_year_days(school_year: str) -> tuple[date, date]:
    """Return the first and the last day of « 2026-2027 »; raises ValueError for other text."""
    first, _, last = school_year.partition("-")
    if int(last) != int(first) + 1:
        raise ValueError(school_year)
    return date(int(first), 9, 1), date(int(last), 8, 31)


def next_school_year(school_year: str) -> str:
    """Return the school year after this one."""
    _, last = school_year_days(school_year)
    return school_year_of(last + timedelta(days=1))
