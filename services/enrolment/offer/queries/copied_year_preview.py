"""A school year copied into the next before anything is stored: old and new side by side."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import DRAFT
from services.enrolment.offer.queries.calendar_days import calendar_with_days, holidays_to_import
from services.enrolment.offer.queries.timetable import timetable_of_group
from services.enrolment.offer.rules.calendar import Calendar, next_school_year, school_year_days
from services.enrolment.offer.rules.dates_in_next_year import (
    SchoolYear,
    birth_date_a_year_later,
    same_day_in_new_year,
    same_moment_in_new_year,
    school_year_from_holidays,
)
from services.enrolment.offer.rules.group_meeting_days import meetings_from_day
from shared.database.tables.french_order import french_sort_column
from shared.runtime.ids import new_id

_KEPT = (
    "code",
    "label",
    "description",
    "site",
    "booking",
    "allocation",
    "book_before",
    "cancel_before",
    "answer_days",
    "criteria",
    "conditions",
)

_KEPT_OF_GROUP = ("label", "site", "places", "conditions", "weekdays", "starts", "ends", "runs_in")


@dataclass(frozen=True)
class GroupCopy:
    """A group as it was and as it would be, with how often it meets."""

    before: Group
    after: Group
    met: int
    will_meet: int


@dataclass(frozen=True)
class ActivityCopy:
    """An activity as it was and as it would be; `done` where it was copied before."""

    before: Activity
    after: Activity
    groups: tuple[GroupCopy, ...]
    done: bool


@dataclass(frozen=True)
class Years:
    """Both school years, and the calendar in which meetings are counted."""

    old: SchoolYear
    new: SchoolYear
    written: str
    calendar: Calendar
    holidays_known: bool


def preview_copies(read: DatabaseSession, school_year: str) -> tuple[list[ActivityCopy], bool]:
    """
    Return what copying a school year into the next would make; false: holidays not published yet.

    Nothing is stored.
    """
    years = _read_years(read, school_year)
    query = select(Activity).where(Activity.school_year == school_year, Activity.state != DRAFT)
    activities = read.scalars(query.order_by(french_sort_column(Activity.label), Activity.id)).all()
    return [
        _preview_copy_of_activity(read, activity, years) for activity in activities
    ], years.holidays_known


def _preview_copy_of_activity(
    read: DatabaseSession, activity: Activity, years: Years
) -> ActivityCopy:
    done = select(Activity.id).filter_by(copied_from=activity.id, school_year=years.written)
    after = _make_next_activity(activity, years)
    groups = read.scalars(
        select(Group)
        .filter_by(activity_id=activity.id)
        .order_by(french_sort_column(Group.label), Group.id)
    )
    copied = tuple(_preview_copy_of_group(activity, after, group, years) for group in groups)
    return ActivityCopy(activity, after, copied, read.scalars(done).first() is not None)


def _make_next_activity(activity: Activity, years: Years) -> Activity:
    kept: dict[str, object] = {name: getattr(activity, name) for name in _KEPT}
    closes = activity.closes_at
    return Activity(
        id=new_id(),
        school_year=years.written,
        opens_at=same_moment_in_new_year(activity.opens_at),
        closes_at=same_moment_in_new_year(closes) if closes else None,
        state=DRAFT,
        copied_from=activity.id,
        **kept,
    )


def _preview_copy_of_group(
    before: Activity, after: Activity, group: Group, years: Years
) -> GroupCopy:
    copied = Group(
        id=new_id(),
        activity_id=after.id,
        first_day=same_day_in_new_year(group.first_day, years.old, years.new),
        last_day=same_day_in_new_year(group.last_day, years.old, years.new),
        born_from=birth_date_a_year_later(group.born_from),
        born_to=birth_date_a_year_later(group.born_to),
        **{name: getattr(group, name) for name in _KEPT_OF_GROUP},
    )
    counts = (
        _count_meetings(before, group, years.calendar),
        _count_meetings(after, copied, years.calendar),
    )
    return GroupCopy(group, copied, *counts)


def _count_meetings(activity: Activity, group: Group, calendar: Calendar) -> int:
    return sum(
        1 for _ in meetings_from_day(timetable_of_group(activity, group), calendar, group.first_day)
    )


def _read_years(read: DatabaseSession, school_year: str) -> Years:
    following = next_school_year(school_year)
    rows, known = holidays_to_import(following)
    calendar, labels = calendar_with_days(read, rows)
    return Years(
        school_year_from_holidays(school_year, _holidays_in_year(labels, school_year)),
        school_year_from_holidays(following, _holidays_in_year(labels, following)),
        following,
        calendar,
        known,
    )


def _holidays_in_year(labels: dict[date, str], school_year: str) -> dict[date, str]:
    first, last = school_year_days(school_year)
    return {day: label for day, label in labels.items() if first <= day <= last}
