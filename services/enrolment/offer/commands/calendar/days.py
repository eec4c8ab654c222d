"""
The provider's calendar: imported for a school year, then edited by administrators.

An administrator's entries and removals prevail: a repeated import adds what is missing, and never
restores a day that was removed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import Table, delete, select, update

from services.enrolment.models.offer import ENTERED, REMOVED, CalendarDay
from services.enrolment.offer.queries.calendar_days import (
    Row,
    calendar_day_as_row,
    holidays_to_import,
)
from services.enrolment.offer.rules.calendar import days_between
from shared.database import Write
from shared.register.calendar import CLOSED

_days = cast(Table, CalendarDay.__table__)


@dataclass(frozen=True)
class Imported:
    """Number of imported days; `holidays_known` is false before the calendar is published."""

    days: int
    holidays_known: bool


def import_school_year(write: Write, school_year: str) -> Imported:
    """Add the holidays, public holidays and bridges of the town that are missing."""
    rows, known = holidays_to_import(school_year)
    return Imported(add_new_calendar_days(write, rows), known)


def add_new_calendar_days(write: Write, rows: Iterable[Row]) -> int:
    """Add days that were never in the calendar; return how many were new."""
    rows = list(rows)
    if not rows:
        return 0
    known = {(day, kind) for day, kind in write.execute(select(_days.c.day, _days.c.kind))}
    new = [row for row in rows if (row["day"], row["kind"]) not in known]
    if new:
        write.execute(write.upsert_into(_days).on_conflict_do_nothing(), new)
    return len(new)


def set_special_days(write: Write, first: date, last: date, kind: str, label: str) -> None:
    """Set days apart, both included, by the administrator's own word."""
    insert = write.upsert_into(_days)
    entered = insert.on_conflict_do_update(
        index_elements=["day", "kind"], set_={"label": insert.excluded.label, "source": ENTERED}
    )
    rows = [calendar_day_as_row(day, kind, label, ENTERED) for day in days_between(first, last)]
    write.execute(entered, rows)


def unset_special_days(write: Write, first: date, last: date, kind: str) -> None:
    """Make days like others again, both included; what an import could bring back is remembered."""
    between = (_days.c.day.between(first, last), _days.c.kind == kind)
    write.execute(delete(_days).where(*between, _days.c.kind == CLOSED, _days.c.source == ENTERED))
    write.execute(update(_days).where(*between).values(source=REMOVED))
