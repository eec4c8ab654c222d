"""
Periods of figures, each by its code in an address: a day, a week, a month, a quarter, a year.

Pure. « 2026-11-30 », « 2026-W48 », « 2026-11 », « 2026-T4 », « 2026-2027 »: of this century, as
quarters are published.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shared.dates.months import first_of, last_of, month_before, month_of

DAY, WEEK, MONTH, QUARTER, YEAR = "day", "week", "month", "quarter", "year"
_CODES = {
    DAY: re.compile(r"(20\d\d)-(\d{2})-\d{2}"),
    WEEK: re.compile(r"(20\d\d)-W(\d{2})"),
    MONTH: re.compile(r"(20\d\d)-(\d{2})"),
    QUARTER: re.compile(r"(20\d\d)-T([1-4])"),
    YEAR: re.compile(r"(20\d\d)-(20\d\d)"),
}
PAST_MONTHS, PAST_QUARTERS = 12, 8
SCHOOL_YEAR_TURNS = 9


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included, with what an address calls them."""

    kind: str
    code: str
    first: date
    last: date

    def is_over(self, day: date) -> bool:
        """Return whether nothing of the period is to come on that day."""
        return self.last < day

    def part_of(self, day: date) -> str:
        """Return the part of the period that a day is in: a day, or a month of what is longer."""
        return day.isoformat() if self.kind in (DAY, WEEK, MONTH) else month_of(day)


def day_period(day: date) -> Period:
    """Return a single day."""
    return Period(DAY, day.isoformat(), day, day)


def week_period_of_day(day: date) -> Period:
    """Return the week of a day, Monday to Sunday."""
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    return Period(WEEK, f"{year}-W{week:02d}", monday, monday + timedelta(days=6))


def month_period(month: str) -> Period:
    """Return a month, such as 2026-11."""
    return Period(MONTH, month, first_of(month), last_of(month))


def quarter_of_day(day: date) -> Period:
    """Return the civil quarter of a day: what the CAF asks for."""
    number = (day.month - 1) // 3 + 1
    last = last_of(f"{day.year}-{number * 3:02d}")
    return Period(QUARTER, f"{day.year}-T{number}", date(day.year, number * 3 - 2, 1), last)


def school_year_period(day: date) -> Period:
    """Return the school year of a day, September to August."""
    year = day.year if day.month >= SCHOOL_YEAR_TURNS else day.year - 1
    return Period(YEAR, f"{year}-{year + 1}", date(year, 9, 1), date(year + 1, 8, 31))


def period_from(code: str) -> Period | None:
    """Return the period of a code; None for any other text."""
    kind = next((kind for kind, form in _CODES.items() if form.fullmatch(code)), "")
    try:
        found = _period_of_kind_from_day(kind, code)
    except ValueError:
        return None
    return found if found and found.code == code else None


def _period_of_kind_from_day(kind: str, code: str) -> Period | None:
    """Return the period of that kind at a code's first day; raises ValueError where it is none."""
    if not kind:
        return None
    if kind == DAY:
        return day_period(date.fromisoformat(code))
    first, second = map(int, re.findall(r"\d+", code))
    if kind == WEEK:
        return week_period_of_day(date.fromisocalendar(first, second, 1))
    if kind == MONTH:
        return month_period(month_of(date(first, second, 1)))
    if kind == QUARTER:
        return quarter_of_day(date(first, second * 3, 1))
    return school_year_period(date(first, SCHOOL_YEAR_TURNS, 1))


def quarter_before(period: Period) -> Period:
    """Return the quarter before one."""
    return quarter_of_day(period.first - timedelta(days=1))


def periods_to_choose(today: date) -> list[Period]:
    """Return what one chooses among: this school year and the last, months, this week and last."""
    year = school_year_period(today)
    return [
        year,
        school_year_period(year.first - timedelta(days=1)),
        *map(month_period, _months_until(month_of(today), PAST_MONTHS)),
        week_period_of_day(today),
        week_period_of_day(today - timedelta(days=7)),
    ]


def quarters_to_choose(today: date) -> list[Period]:
    """Return the quarters that one chooses among, the present one first."""
    quarters = [quarter_of_day(today)]
    while len(quarters) < PAST_QUARTERS:
        quarters.append(quarter_before(quarters[-1]))
    return quarters


def _months_until(month: str, count: int) -> Iterator[str]:
    for _ in range(count):
        yield month
        month = month_before(month)
