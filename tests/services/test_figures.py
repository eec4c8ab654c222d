"""Figures of a provider: each equals a recount made apart, over bookings and marks one by one."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.enrolment.attendance.quantities.commands import importing
from services.enrolment.attendance.roll_call.commands import closing
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.figures.queries.attendance import (
    attendance_by_part_of_period,
    attended_by_age,
    closed_sessions_of_period,
    conditions_of_sessions_at_site,
    count_unclosed_sessions,
)
from services.enrolment.figures.queries.demand import demand_lines
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.attendance import Sums, sum_of_attendances
from services.enrolment.figures.rules.caf_hours import HoursLine, hours_by_site_and_slot
from services.enrolment.figures.rules.demand import demand_from_counts
from services.enrolment.models import Activity, Booking, ChildCard, Group, Mark, Session
from services.enrolment.store import store
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import figures as make
from tests.factories import offer
from tests.factories.attendance import a_mark, arrive, booked
from tests.factories.enrolment import Child, Provider, item

YEAR = periods.school_year_period(date(2025, 10, 1))
QUARTER = periods.quarter_of_day(date(2025, 10, 1))
CAME = {"present", "left"}


def recounted(first: date, last: date, activity: str | None = None) -> Sums:
    """Count child by child what sessions were, by their bookings and last marks."""
    counted: Counter[str] = Counter()
    with store.read() as read:
        rows = read.execute(
            select(Session, Group).join(Group).join(Activity, Activity.id == Group.activity_id)
            .where(Session.day.between(first, last))
            .where(Activity.label == activity if activity else Session.id.is_not(None))
        )  # fmt: skip
        for session, group in rows:
            states = dict(
                read.execute(
                    select(Booking.child_id, Booking.state).filter_by(session_id=session.id)
                ).all()
            )
            marks = {
                mark.child_id: mark.kind
                for mark in read.scalars(
                    select(Mark).filter_by(session_id=session.id).order_by(Mark.made_at)
                )
            }
            if not states:
                continue
            kinds = [_kind(states.get(child, ""), marks.get(child)) for child in {*states, *marks}]
            counted.update(kinds)
            counted["sessions"] += 1
            if group.places is not None:
                counted["places"] += group.places
                counted["taken"] += sum(kind not in ("", "excused") for kind in kinds)
    counted.pop("", None)
    return Sums(**counted)


def _kind(state: str, mark: str | None) -> str:
    if mark in CAME:
        return "present" if state in ("booked", "late") else "unexpected"
    return {"late": "cancelled_late", "excused": "excused", "booked": "absent"}.get(state, "")


def recounted_hours(first: date, last: date) -> dict[tuple[str, str], Counter[str]]:
    """Add the minutes of each mark of who came, by activity, slot by weekday, and age in years."""
    found: dict[tuple[str, str], Counter[str]] = {}
    with store.read() as read:
        cards = select(ChildCard.child_id, ChildCard.birth_date)
        born = dict(read.execute(cards).all())
        rows = read.execute(
            select(Mark.child_id, Session, Activity.label)
            .join(Session, Session.id == Mark.session_id)
            .join(Group, Group.id == Session.group_id).join(Activity)
            .where(Mark.kind.in_(CAME), Session.day.between(first, last))
        )  # fmt: skip
        for child, session, label in rows:
            years = int((session.day - born[child]).days / 365.2425)
            age = "under_6" if years < 6 else "from_6" if years < 12 else "from_12"
            slot = "wednesday" if session.day.isoweekday() == 3 else "noon"
            minutes = round((session.ends_at - session.starts_at).total_seconds() / 60)
            found.setdefault((label, slot), Counter())[age] += minutes
    return found


@pytest.mark.both_databases
def test_the_sums_of_a_year_equal_a_recount_by_child(ens: Provider) -> None:
    dice, children = random.Random(22), make.children_of(ens, 12)
    make.an_autumn(children, dice, places=10, site="Nord")
    make.an_autumn(children, dice, label="Étude", code="evening_care", starts="16:30", ends="18:00")

    with store.read() as read:
        lines = attendance_by_part_of_period(read, YEAR, EVERYWHERE)
        days = closed_sessions_of_period(read, YEAR, EVERYWHERE)
        only = closed_sessions_of_period(
            read, YEAR, EVERYWHERE, conditions_of_sessions_at_site("Nord", "")
        )

    assert sum_of_attendances(line.sums for line in lines) == recounted(YEAR.first, YEAR.last)
    assert sum_of_attendances(line.sums for line in days) == recounted(YEAR.first, YEAR.last)
    for label in ("Étude", "Restauration scolaire"):
        of_it = [line.sums for line in lines if line.activity == label]
        assert sum_of_attendances(of_it) == recounted(YEAR.first, YEAR.last, label)
    for month in {line.part for line in lines}:
        period = periods.month_period(month)
        of_it = [line.sums for line in lines if line.part == month]
        assert sum_of_attendances(of_it) == recounted(period.first, period.last)
    assert len(only) == 12 and {line.site for line in only} == {"Nord"}


def test_the_quarter_of_the_caf_equals_a_recount_by_child_and_age(ens: Provider) -> None:
    dice, children = random.Random(34), make.children_of(ens, 10)
    make.an_autumn(children, dice, days=30)
    make.an_autumn(children, dice, label="Mercredis", code="evening_care", weekdays="3", days=8)

    with store.read() as read:
        came = attended_by_age(read, QUARTER, EVERYWHERE, ("canteen", "evening_care"))
        none = attended_by_age(read, QUARTER, EVERYWHERE, ("swimming",))
    lines = hours_by_site_and_slot(came, frozenset())

    assert none == []
    assert {
        (line.activity, line.slot): Counter(
            {age: getattr(line, age) for age in ("under_6", "from_6", "from_12")}
        )
        for line in lines
    } == recounted_hours(QUARTER.first, QUARTER.last)
    assert all(isinstance(line, HoursLine) and line.age_unknown == 0 for line in lines)


def test_a_mark_that_comes_late_changes_the_tally_and_an_open_list_none(ens: Provider) -> None:
    first, second = make.children_of(ens, 2)
    with store.write() as write:
        group = offer.a_group(
            write, offer.an_activity(write), first_day=make.FIRST, last_day=make.LAST
        )
        session = offer.session_on(write, group, date(2025, 10, 6))
        booked(write, session, first)
    with store.read() as read:
        assert count_unclosed_sessions(read, QUARTER, EVERYWHERE, now()) == 1
        assert attendance_by_part_of_period(read, QUARTER, EVERYWHERE) == []
    with store.write() as write:
        closing.close_roll_call(write, session.id, new_id(), {first: "absent"}, now())
    arrive([a_mark(session, second, made_at=now() - timedelta(minutes=1))])

    with store.read() as read:
        (line,) = closed_sessions_of_period(read, QUARTER, EVERYWHERE)
        assert count_unclosed_sessions(read, QUARTER, EVERYWHERE, now()) == 0
    assert line.sums == Sums(sessions=1, absent=1, unexpected=1)


def test_a_mark_that_comes_after_a_file_was_erased_leaves_the_hours_of_its_age(
    ens: Provider,
) -> None:
    first, second = Child(birth_date="2021-10-07"), Child(birth_date="2012-05-05")
    for child in (first, second):
        ens.receives_child(child)
    with store.write() as write:
        group = offer.a_group(
            write, offer.an_activity(write), first_day=make.FIRST, last_day=make.LAST
        )
        session = offer.session_on(write, group, date(2025, 10, 6))
        for child in (first, second):
            booked(write, session, child.id)
    with store.write() as write:
        decided = {first.id: "present", second.id: "absent"}
        closing.close_roll_call(write, session.id, new_id(), decided, now() - timedelta(hours=1))

    ens.receives("care_core", item(first.id, 2, None))
    arrive([a_mark(session, second.id, made_at=now() - timedelta(minutes=1))])

    with store.read() as read:
        assert read.get(ChildCard, first.id) is None
        (came,) = attended_by_age(read, QUARTER, EVERYWHERE, ("canteen",))
    assert (came.under_6, came.from_12, came.age_unknown) == (1, 1, 0)


def test_an_imported_day_counts_as_long_as_its_group_says(ens: Provider) -> None:
    child = Child(birth_date="2020-01-01")
    ens.receives_child(child)
    with store.write() as write:
        make.at_home(write, child.id, new_id())
        offer.a_group(
            write,
            offer.an_activity(write),
            reference="past",
            places=30,
            first_day=date(2026, 9, 1),
            last_day=date(2026, 10, 1),
        )
    sheet = {
        "group": "past",
        "day": date(2025, 11, 4),
        "lines": [{"child_id": child.id, "outcome": "present", "quantity": 1}],
    }
    for _twice in range(2):
        with store.write() as write:
            importing.import_attendance(write, [sheet], now())  # type: ignore[list-item]

    with store.read() as read:
        (line,) = attendance_by_part_of_period(read, QUARTER, EVERYWHERE)
        (came,) = attended_by_age(read, QUARTER, EVERYWHERE, ("canteen",))
    assert line.sums == Sums(sessions=1, places=30, taken=1, present=1)
    assert (came.minutes, came.under_6) == (105, 1)


def test_a_right_at_one_group_adds_that_group_alone(ens: Provider) -> None:
    dice, children = random.Random(7), make.children_of(ens, 5)
    make.an_autumn(children, dice, label="Ici")
    make.an_autumn(children, dice, label="Ailleurs")
    with store.read() as read:
        here = read.scalars(
            select(Group.id).join(Activity, Activity.id == Group.activity_id)
            .where(Activity.label == "Ici")
        ).all()  # fmt: skip
        reach = Reach(frozenset(here), date(2025, 9, 1))
        assert {line.activity for line in attendance_by_part_of_period(read, YEAR, reach)} == {
            "Ici"
        }
        assert {line.activity for line in closed_sessions_of_period(read, YEAR, reach)} == {"Ici"}
        assert {each.activity for each in attended_by_age(read, YEAR, reach, ("canteen",))} == {
            "Ici"
        }
        assert demand_lines(read, YEAR, reach) == []
        assert demand_from_counts([]).asked == 0
