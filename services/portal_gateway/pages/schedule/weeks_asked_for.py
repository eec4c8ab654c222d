"""
The weeks that a page is asked for: one, those of a month, or all until the school holidays. Pure.

A provider answers of 62 days at once: no page is longer.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.portal_gateway.pages.schedule.grid import Period
from shared.dates.periods import monday_of
from shared.dates.school_holidays import SchoolCalendar
from shared.web.forms.parsing import read_day

WEEK, MONTH, TERM = "", "mois", "vacances"
FURTHEST = timedelta(weeks=52)
LONGEST = timedelta(days=61)
SIX_DAYS = timedelta(days=6)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class AskedWeeks:
    """Weeks that a page shows, and the child ("" for all), as its address says."""

    view: str
    period: Period
    day: date
    child_id: str = ""

    @property
    def is_week(self) -> bool:
        return self.view == WEEK

    @property
    def is_month(self) -> bool:
        return self.view == MONTH

    @property
    def is_term(self) -> bool:
        return self.view == TERM

    @property
    def address_parameters(self) -> dict[str, Any]:
        """Return what the address says of it, without what is said by leaving it out."""
        said = {"du": self.day.isoformat(), "vue": self.view, "enfant": self.child_id}
        return {name: value for name, value in said.items() if value}


def parse_asked_weeks(
    fields: Mapping[str, str], this_day: date, school: SchoolCalendar
) -> AskedWeeks:
    """Return the weeks of an address or a form; this week's, for what is none of ours."""
    day = read_day(fields.get("du", ""))
    if day is None or abs(day - this_day) > FURTHEST:
        day = this_day + _DAY if this_day.isoweekday() == 7 else this_day
    view = fields.get("vue", "")
    if view == MONTH:
        day, period = day.replace(day=1), whole_weeks_of_month(day)
    elif view == TERM:
        day, period = monday_of(day), Period(monday_of(day), last_day_before_holidays(day, school))
    else:
        view, day = WEEK, monday_of(day)
        period = Period(day, day + SIX_DAYS)
    return AskedWeeks(view, period, day, fields.get("enfant", ""))


def whole_weeks_of_month(day: date) -> Period:
    """Return the whole weeks that a month touches."""
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return Period(monday_of(day.replace(day=1)), monday_of(last) + SIX_DAYS)


def last_day_before_holidays(day: date, school: SchoolCalendar) -> date:
    """Return the last day before the next school holidays; in them, of the longest page."""
    monday = monday_of(day)
    ahead = (monday + timedelta(days=count) for count in range(7, LONGEST.days + 1))
    return next(
        (each - _DAY for each in ahead if school.shared_holidays_on(each)), monday + LONGEST
    )


def days_of_neighbouring_pages(asked: AskedWeeks) -> tuple[date, date]:
    """Return the day that leads to the page before, and to the one after."""
    if asked.is_month:
        return asked.day - _DAY, asked.day + timedelta(days=31)
    return asked.day - timedelta(weeks=1), asked.day + timedelta(weeks=1)
