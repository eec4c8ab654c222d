"""
The provider's calendar as it is, and as it would be with more days.

Days of a school year are the school holidays of the town's zone, its public holidays and bridges,
and those that the town file sets apart by hand.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from services.enrolment.models.offer import IMPORTED, REMOVED, CalendarDay
from services.enrolment.offer.rules.calendar import (
    Calendar,
    bridge_days,
    days_between,
    school_year_days,
)
from services.enrolment.store import store
from shared.dates.public_holidays import public_holidays
from shared.dates.school_holidays import school_holiday_name_by_day
from shared.register.calendar import (
    BRIDGE,
    CLOSED,
    KINDS,
    PUBLIC_HOLIDAY,
    SCHOOL_HOLIDAY,
    TownCalendar,
)

Row = dict[str, Any]

_days = cast(Table, CalendarDay.__table__)


def current_calendar(read: Session) -> Calendar:
    """Return the current calendar."""
    return calendar_with_days(read, [])[0]


def calendar_with_days(read: Session, more: Iterable[Row]) -> tuple[Calendar, dict[date, str]]:
    """Return the calendar as it would be with more days, and the names of its school holidays."""
    rows = {(row.day, row.kind): row for row in read.scalars(select(CalendarDay))}
    labels = {
        (row["day"], row["kind"]): row["label"]
        for row in more
        if (row["day"], row["kind"]) not in rows
    }
    labels |= {key: row.label for key, row in rows.items() if row.source != REMOVED}
    by_kind = [frozenset(day for day, of_it in labels if of_it == kind) for kind in KINDS]
    names = {day: label for (day, kind), label in labels.items() if kind == SCHOOL_HOLIDAY}
    return Calendar(*by_kind), names


def special_days(read: Session, first: date, last: date) -> list[CalendarDay]:
    """Return the special days between two days, both included, without removed ones."""
    between = _days.c.day.between(first, last)
    query = select(CalendarDay).where(between, _days.c.source != REMOVED)
    return list(read.scalars(query.order_by(_days.c.day, _days.c.kind)))


def names_of_closed_days(read: Session, days: Collection[date]) -> dict[date, str]:
    """Return what the calendar calls those of these days on which nothing takes place."""
    if not days:
        return {}
    special = special_days(read, min(days), max(days))
    off = [row for row in special if row.kind in (PUBLIC_HOLIDAY, CLOSED) and row.day in days]
    return {row.day: row.label for row in sorted(off, key=lambda row: row.kind == CLOSED)}


def special_periods(read: Session, first: date, last: date) -> list[list[CalendarDay]]:
    """Return the special days between two days, those that follow each other together."""
    return group_into_periods(special_days(read, first, last))


def school_holidays_between(read: Session, first: date, last: date) -> frozenset[date]:
    """Return the days of school holidays between two days, both included."""
    days = special_days(read, first, last)
    return frozenset(day.day for day in days if day.kind == SCHOOL_HOLIDAY)


def calendar_day_as_row(day: date, kind: str, label: str, source: str = IMPORTED) -> Row:
    """Return a day as `add_new_calendar_days` takes it."""
    return {"day": day, "kind": kind, "label": label, "source": source}


def group_into_periods(days: Iterable[CalendarDay]) -> list[list[CalendarDay]]:
    """Return days that follow each other under one name together, by their first day."""
    runs: list[list[CalendarDay]] = []
    for day in sorted(days, key=lambda day: (day.kind, day.label, day.day)):
        last = runs[-1][-1] if runs else None
        if last and _is_next_day(last, day):
            runs[-1].append(day)
        else:
            runs.append([day])
    return sorted(runs, key=lambda period: period[0].day)


def _is_next_day(last: CalendarDay, day: CalendarDay) -> bool:
    alike = (last.kind, last.label) == (day.kind, day.label)
    return alike and day.day - last.day == timedelta(days=1)


def holidays_to_import(school_year: str) -> tuple[list[Row], bool]:
    """Return the days that an import adds to an empty calendar, and whether the year is known."""
    first, last = school_year_days(school_year)
    town = store.register.now.calendar
    off, known = _school_holidays(town.zone, first, last)
    public = public_holidays(range(first.year, last.year + 1), town.holiday_territory)
    labels = {(day, SCHOOL_HOLIDAY): label for day, label in off.items()}
    labels |= {(day, PUBLIC_HOLIDAY): label for day, label in public.items()}
    labels |= {(day, BRIDGE): label for day, label in bridge_days(public, town.bridges).items()}
    labels |= {
        (day, each.kind): each.label
        for each in town.days
        for day in days_between(each.first, each.last)
    }
    return [
        calendar_day_as_row(day, kind, label)
        for (day, kind), label in sorted(labels.items())
        if first <= day <= last
    ], known or _are_holidays_typed_in_town_file(town, first, last)


def _are_holidays_typed_in_town_file(town: TownCalendar, first: date, last: date) -> bool:
    """Return whether a town file has school holidays of this year by hand."""
    return any(
        each.kind == SCHOOL_HOLIDAY and first <= each.last and each.first <= last
        for each in town.days
    )


def _school_holidays(zone: str, first: date, last: date) -> tuple[dict[date, str], bool]:
    """Return the days and their names, and whether the whole year was published."""
    years = [school_holiday_name_by_day(year, zone) for year in range(first.year, last.year + 1)]
    holidays = {day: label for year in years for day, label in (year or {}).items()}
    return {
        day: label for day, label in holidays.items() if first <= day <= last
    }, None not in years
