"""The households of children, as the projection `family` has them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.families.rules.household_of_day import Home, household_of_day
from services.enrolment.models import ChildGuardian, ChildWeeks
from services.enrolment.store import store
from shared.database.chunks import ordered_chunks
from shared.database.prebuilt_statements import execute, list_parameter
from shared.dates.two_home_weeks import Weeks

NOWHERE = Home()

DatedWeeks = list[tuple[date, Weeks]]
"""Weeks of a child, each with the day from which it holds, the latest first."""

_children = list_parameter("child_ids")
_GUARDIANS = select(
    ChildGuardian.child_id, ChildGuardian.household_id, ChildGuardian.last_day
).where(ChildGuardian.child_id.in_(_children))
_WEEKS = (
    select(*ChildWeeks.__table__.c)
    .where(ChildWeeks.child_id.in_(_children))
    .order_by(ChildWeeks.valid_from.desc())
)


def homes_by_child(read: Database, child_ids: Collection[str]) -> Mapping[str, Home]:
    """Return the home of each child; a child without a file has no entry."""
    households: dict[str, set[str]] = defaultdict(set)
    if not child_ids:
        return {}
    last_days: dict[str, date] = {}
    for child_id, household_id, last_day in execute(read, _GUARDIANS, child_ids=child_ids):
        households[child_id].add(household_id)
        if last_day is not None:
            last_days[child_id] = last_day
    homes = homes_of_households(households, dated_weeks(read, child_ids))
    leaving = {
        child_id: replace(homes[child_id], last_day=day) for child_id, day in last_days.items()
    }
    return {**homes, **leaving} if leaving else homes


def homes_of_households(
    households: Mapping[str, Collection[str]], weeks: Mapping[str, DatedWeeks]
) -> Mapping[str, Home]:
    """Return the homes of children whose households and weeks are known."""
    return {
        child_id: Home(frozenset(households.get(child_id, ())), tuple(weeks.get(child_id, ())))
        for child_id in households.keys() | weeks.keys()
    }


def home_of_child(read: Database, child_id: str) -> Home:
    """Return one child's home."""
    return homes_by_child(read, [child_id]).get(child_id, NOWHERE)


def households_of_day_by_child(
    read: Database, child_ids: Collection[str], day: date
) -> dict[str, str]:
    """Return the household of each child on that day; children without one have no entry."""
    by_child = {
        child_id: household_of_day(home, day)
        for child_id, home in homes_by_child(read, child_ids).items()
    }
    return {
        child_id: household for child_id, household in by_child.items() if household is not None
    }


def children_of_households(read: Database, household_ids: Collection[str]) -> set[str]:
    """Return the children of these households, as far as this provider has them."""
    children: set[str] = set()
    for some in ordered_chunks(household_ids):
        query = select(ChildGuardian.child_id).where(ChildGuardian.household_id.in_(some))
        children.update(read.scalars(query))
    return children


def dated_weeks(read: Database, child_ids: Collection[str]) -> Mapping[str, DatedWeeks]:
    """Return by child its weeks, each with the day from which it holds, the latest first."""
    by_child: dict[str, DatedWeeks] = defaultdict(list)
    if not child_ids:
        return by_child
    calendar = store.register.now.calendar.school
    for row in execute(read, _WEEKS, child_ids=child_ids):
        by_child[row.child_id].append(
            (
                row.valid_from,
                Weeks(
                    row.even_household,
                    row.odd_household,
                    row.changes_on,
                    row.changes_at,
                    row.school_days,
                    row.holidays,
                    row.summer,
                    calendar,
                ),
            )
        )
    return by_child
