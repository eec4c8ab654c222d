"""Hours of the staff: planned, taken out, copied from the week before, forgotten after a year."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func, select

from services.enrolment.attendance.staff.queries.shifts import (
    overlapping_shift_of_person,
    shifts_at_site_between,
)
from services.enrolment.attendance.staff.rules.same_person_by_name import person_key_of_name
from services.enrolment.models import StaffShift
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.runtime.ids import new_id

MOST_A_DAY = 100
"""Persons at a site on a day: more than the largest centre has."""
KEPT = timedelta(days=365)
"""Time for which hours are kept: as long as a school year's declaration may be checked."""
WEEK = timedelta(days=7)


class AlreadyPlanned(Exception):
    """The person works at that hour already; `shift` says where and when."""

    def __init__(self, shift: StaffShift) -> None:
        super().__init__(shift.id)
        self.shift = shift


class TooMany(Exception):
    """No day of a site has so many persons."""


@dataclass(frozen=True)
class Hours:
    """Hours of a person, as they are planned for one day or more."""

    name: str
    qualification: str
    directs: bool
    starts: str
    ends: str


@dataclass(frozen=True)
class Copied:
    """Outcome of copying a week: how many hours were copied, how many met others."""

    copied: int
    left: int


def plan_shifts_of_person(write: Write, site: str, days: Iterable[date], hours: Hours) -> None:
    """Plan somebody's hours on some days, all or none. Raises AlreadyPlanned, TooMany."""
    chosen = sorted(days)
    _lock_days_of_shifts(write, chosen)
    for day in chosen:
        met = overlapping_shift_of_person(
            write, person_key_of_name(hours.name), day, hours.starts, hours.ends
        )
        if met is not None:
            raise AlreadyPlanned(met)
        _refuse_too_many_shifts_of_day(write, site, day)
        _add_shift(write, site, day, hours)


def remove_shift(write: Write, site: str, shift_id: str) -> None:
    """Take somebody's hours at a site out. Raises NotFound."""
    shift = write.get(StaffShift, shift_id)
    if shift is None or shift.site != site:
        raise NotFound
    write.delete(shift)
    write.flush()


def copy_week_before(write: Write, site: str, monday: date, open_days: Collection[date]) -> Copied:
    """
    Copy the week before to one at the same site, on the days on which it is open.

    Hours that are there already are left alone, and so is who works elsewhere at that hour.
    """
    _lock_days_of_shifts(write, sorted(open_days))
    copied = left = 0
    for shift in shifts_at_site_between(write, site, monday - WEEK, monday - timedelta(days=1)):
        day = shift.day + WEEK
        if day not in open_days:
            continue
        met = overlapping_shift_of_person(write, shift.person, day, shift.starts, shift.ends)
        if met is not None:
            left += (met.site, met.starts, met.ends) != (site, shift.starts, shift.ends)
            continue
        _refuse_too_many_shifts_of_day(write, site, day)
        hours = Hours(shift.name, shift.qualification, shift.directs, shift.starts, shift.ends)
        _add_shift(write, site, day, hours)
        copied += 1
    return Copied(copied, left)


def forget_past_shifts(write: Write, today: date) -> None:
    """Delete hours that nobody may ask for any more."""
    write.execute(delete(StaffShift).where(StaffShift.day < today - KEPT))


def _lock_days_of_shifts(write: Write, days: Iterable[date]) -> None:
    write.lock_names(*(f"staff_shift:{day.isoformat()}" for day in days))


def _refuse_too_many_shifts_of_day(write: Write, site: str, day: date) -> None:
    there = select(func.count()).where(StaffShift.day == day, StaffShift.site == site)
    if (write.scalar(there) or 0) >= MOST_A_DAY:
        raise TooMany


def _add_shift(write: Write, site: str, day: date, hours: Hours) -> None:
    write.add(
        StaffShift(
            id=new_id(),
            day=day,
            site=site,
            name=hours.name,
            person=person_key_of_name(hours.name),
            qualification=hours.qualification,
            directs=hours.directs,
            starts=hours.starts,
            ends=hours.ends,
        )
    )
    write.flush()
