"""
Lets each home of a child begin with the week pattern that stood where it comes from.

After a separation both homes have the days that the child had; each then sets its own
(bookings/commands/week_pattern.py). A home in which a child lives alone again has its own days, or
those of the home that has gone; a second one that comes back has those that it had.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import Table, select

from services.enrolment.families.rules.household_of_day import Home
from services.enrolment.models import Application, Place, WeekPattern
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import today

HomesOfGuardians = Mapping[str, Mapping[str, Collection[str]]]
"""Homes in which a guardian answers for a child, by child and guardian."""

Days = list[tuple[date, str]]

_patterns = cast(Table, WeekPattern.__table__)


@dataclass
class _PlaceDays:
    """A place with its week days by home, each since a day; `asked_by` is who applied, or None."""

    place: Place
    asked_by: str | None
    by_home: dict[str, Days]

    def pattern_days_of_home(self, home: str) -> Days:
        """Return the days that count for a home, where it has any."""
        if self.by_home[home] or self.asked_by not in (None, home) or not self.place.weekdays:
            return self.by_home[home]
        return [(self.place.valid_from, self.place.weekdays)]


def begin_patterns_of_new_homes(
    write: Write,
    before: Mapping[str, Home],
    homes: Mapping[str, Home],
    guardians_before: HomesOfGuardians,
    guardians: HomesOfGuardians,
) -> None:
    """Store the days of homes that a child has since now, or lives in alone; safe to repeat."""
    for child_id in sorted(before.keys() & homes.keys()):
        home, former = homes[child_id], before[child_id].households
        begun, left = home.households - former, former - home.households
        if not former or not (begun or left):
            continue
        sources = {
            each: _former_homes_of_guardians(each, guardians[child_id], guardians_before[child_id])
            or sorted(former)
            for each in begun
        }
        sources |= {each: [each, *sorted(left)] for each in home.households & former}
        for days in _days_of_places(write, child_id):
            for target in sorted(sources):
                _begin_pattern_of_home(write, days, target, sources[target])


def copy_pattern_to_home(write: Write, place_id: str, source: str, target: str) -> None:
    """Give a home the days of another one at a place, but for those that it has since a day."""
    rows = write.scalars(
        select(WeekPattern).where(
            WeekPattern.place_id == place_id, WeekPattern.household_id == source
        )
    )
    _make_insert_of_pattern_days(
        write, place_id, target, [(row.valid_from, row.weekdays) for row in rows.all()]
    )


def _former_homes_of_guardians(
    home: str, guardians: Mapping[str, Collection[str]], before: Mapping[str, Collection[str]]
) -> list[str]:
    """Return where the guardians of a home answered for the child before, sorted."""
    theirs = (before.get(guardian, ()) for guardian, homes in guardians.items() if home in homes)
    return sorted({former for homes in theirs for former in homes})


def _days_of_places(write: Write, child_id: str) -> list[_PlaceDays]:
    rows = write.execute(
        select(Place, Application.household_id)
        .outerjoin(Application, Application.id == Place.application_id)
        .where(Place.child_id == child_id, not_ended_before_condition(Place.valid_to, today()))
        .order_by(Place.id)
    ).all()
    by_home: dict[str, dict[str, Days]] = defaultdict(lambda: defaultdict(list))
    patterns = select(WeekPattern).where(WeekPattern.place_id.in_([row[0].id for row in rows]))
    for row in write.scalars(patterns):
        by_home[row.place_id][row.household_id].append((row.valid_from, row.weekdays))
    return [_PlaceDays(place, asked_by, by_home[place.id]) for place, asked_by in rows]


def _begin_pattern_of_home(
    write: Write, days: _PlaceDays, target: str, sources: Collection[str]
) -> None:
    """Store for a home what counts for the first of these that has days; its own stay."""
    if days.by_home[target]:
        return
    found = (stood for home in sources if (stood := days.pattern_days_of_home(home)))
    _make_insert_of_pattern_days(write, days.place.id, target, next(found, []))


def _make_insert_of_pattern_days(
    write: Write, place_id: str, household_id: str, days: Days
) -> None:
    if not days:
        return
    rows = [
        {
            "place_id": place_id,
            "household_id": household_id,
            "valid_from": valid_from,
            "weekdays": weekdays,
        }
        for valid_from, weekdays in days
    ]
    write.execute(write.upsert_into(_patterns).on_conflict_do_nothing(), rows)
