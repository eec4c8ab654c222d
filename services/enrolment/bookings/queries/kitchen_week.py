"""
The kitchen's week: meals by site, group, activity and diet, Monday to Friday.

Counted as each day is (`counts_of_day_within_reach`), in one reading of the week's bookings and
diets.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.bookings.queries.expected_counts import (
    MEETING,
    Diet,
    Diets,
    booked_children,
    count_by_menu_and_left_out,
)
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Activity, Group, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.text import collation_key

SERVED_DAYS = 5
MENU, WITHOUT, ALL = "menu", "without", "all"
_ORDER = (MENU, WITHOUT, ALL)


@dataclass(frozen=True)
class WeekLine:
    """
    Meals of one group by day: of one menu, without one food, or all (`kind`).

    Who eats without a food is counted under its menu too.
    """

    site: str
    activity: str
    group: str
    kind: str
    code: str
    days: Mapping[date, int] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str, str]:
        return self.site, self.activity, self.group

    @property
    def total(self) -> int:
        return sum(self.days.values())


@dataclass(frozen=True)
class Week:
    """The days with a service, and the lines; `all` sums them, whatever the site."""

    days: Sequence[date]
    lines: Sequence[WeekLine]
    all: Mapping[date, int]


def meal_counts_of_week(
    read: DatabaseSession,
    monday: date,
    codes: Collection[str],
    diets: Diets | None = None,
    reach: Reach = EVERYWHERE,
    dieted: Reach = EVERYWHERE,
) -> Week:
    """
    Return the week that begins on a Monday within reach, for activities of these codes.

    By diet it is counted where the reader sees diets (`dieted`).
    """
    rows = read.execute(
        select(GROUP_SITE, Activity.label, Group.label, *MEETING, Session.group_id, Session.day)
        .join(Group, Group.activity_id == Activity.id)
        .join(Session, Session.group_id == Group.id)
        .where(
            Session.day.between(monday, monday + timedelta(days=SERVED_DAYS - 1)),
            Session.state == PLANNED,
            Activity.code.in_(codes),
            reach.group_within_condition(Group.id),
        )
        .order_by(Session.day, Session.id)
    ).all()
    booked = booked_children(read, rows)
    stored = diets({child for children in booked.values() for child in children}) if diets else None
    counted: dict[tuple[str, str, str, str, str], dict[date, int]] = defaultdict(dict)
    for row in rows:
        place, day = row[:3], row.day
        seen = stored if dieted.has_group(row.group_id) else None
        for part, count in _count_meals_by_diet(booked[row.id], seen).items():
            days = counted[*place, *part]
            days[day] = days.get(day, 0) + count
    lines = [WeekLine(*key, days) for key, days in counted.items()]
    lines.sort(
        key=lambda line: (*map(collation_key, line.place), _ORDER.index(line.kind), line.code)
    )
    return Week(sorted({row.day for row in rows}), lines, _sum_meals_by_day(lines))


def _count_meals_by_diet(
    children: Sequence[str], diets: Mapping[str, Diet] | None
) -> dict[tuple[str, str], int]:
    """Count the meals of these children, and of them each menu and what they leave out."""
    parts = {(ALL, ""): len(children)}
    if diets is not None:
        menus, without = count_by_menu_and_left_out(children, diets)
        parts |= {(MENU, code): count for code, count in menus.items()}
        parts |= {(WITHOUT, food): count for food, count in without.items()}
    return parts


def _sum_meals_by_day(lines: Sequence[WeekLine]) -> dict[date, int]:
    summed: dict[date, int] = defaultdict(int)
    for line in lines:
        if line.kind == ALL:
            for day, count in line.days.items():
                summed[day] += count
    return dict(summed)
