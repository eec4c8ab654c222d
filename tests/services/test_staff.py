"""The staff of days: nobody twice at one hour, copied once, enough for who comes, forgotten."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from services.enrolment.attendance.staff.commands import shifts
from services.enrolment.attendance.staff.commands.shifts import (
    AlreadyPlanned,
    Copied,
    TooMany,
    copy_week_before,
    forget_past_shifts,
    remove_shift,
)
from services.enrolment.attendance.staff.queries.children_at_sites import (
    declarable_meetings_at_sites,
    meetings_with_children_present,
)
from services.enrolment.attendance.staff.queries.plannable_sites import (
    sites_of_activities_between,
    stated_declaration_terms,
)
from services.enrolment.attendance.staff.rules.children_per_adult import Terms
from services.enrolment.attendance.staff.rules.ratios import Ages
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.desk.staff.week import gaps_of_today, week_of_staff
from services.enrolment.models import ChildCard, StaffShift
from services.enrolment.offer.commands.site_renaming import rename_site
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import midnight, now, today
from shared.dates.periods import monday_of
from tests.factories import offer
from tests.factories.attendance import a_mark, arrive
from tests.factories.enrolment import Child, Provider, at_once
from tests.factories.staff import (
    EVENING,
    NORTH,
    SOUTH,
    a_reception,
    come,
    is_declared,
    works,
)

TERMS = {EVENING: Terms(declared=True)}
DAY = timedelta(days=1)


def noon() -> datetime:
    return midnight(today()) + timedelta(hours=12)


def planned() -> list[tuple[date, str, str, str]]:
    with store.read() as read:
        rows = read.scalars(select(StaffShift).order_by(StaffShift.day, StaffShift.starts))
        return [(row.day, row.site, row.name, row.starts) for row in rows]


# Who works when


@pytest.mark.both_databases
def test_nobody_is_twice_at_one_hour_whatever_the_site_and_nothing_of_it_is_kept(
    ens: Provider,
) -> None:
    monday = monday_of(today())
    works("Léa Martin", monday + DAY, starts="08:00", ends="12:00")

    with pytest.raises(AlreadyPlanned) as refused:
        works("MARTIN Lea", monday, monday + DAY, site=SOUTH, starts="11:00", ends="14:00")

    assert refused.value.shift.site == NORTH
    assert planned() == [(monday + DAY, NORTH, "Léa Martin", "08:00")]
    works("Léa Martin", monday + DAY, site=SOUTH, starts="12:00", ends="14:00")
    works("Tom Roy", monday + DAY, starts="08:00", ends="12:00")
    assert len(planned()) == 3


@pytest.mark.both_databases
def test_two_who_plan_the_same_hour_at_once_do_not_both_succeed(ens: Provider) -> None:
    failures = at_once([lambda site=site: works("Léa", today(), site=site)
                        for site in (NORTH, SOUTH, NORTH, SOUTH)])  # fmt: skip

    assert [type(each) for each in failures] == [AlreadyPlanned] * 3
    assert len(planned()) == 1


def test_a_day_of_a_site_has_an_end(ens: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shifts, "MOST_A_DAY", 2)
    works("Un", today())
    works("Deux", today())

    with pytest.raises(TooMany):
        works("Trois", today() - DAY, today())

    assert len(planned()) == 2


def test_hours_are_taken_out_at_their_own_site_alone(ens: Provider) -> None:
    works("Léa Martin", today())
    with store.read() as read:
        shift_id = read.scalars(select(StaffShift.id)).one()

    with pytest.raises(NotFound), store.write() as write:
        remove_shift(write, SOUTH, shift_id)
    with store.write() as write:
        remove_shift(write, NORTH, shift_id)

    assert planned() == []


def test_a_week_is_copied_once_on_its_open_days_and_who_works_elsewhere_is_left(
    ens: Provider,
) -> None:
    monday = monday_of(today())
    works("Léa Martin", monday, monday + DAY, monday + 2 * DAY, starts="08:00", ends="12:00")
    works("Tom Roy", monday, starts="08:00", ends="12:00")
    following = monday + 7 * DAY
    works("Tom Roy", following, site=SOUTH, starts="09:00", ends="10:00")

    def copies() -> Copied:
        with store.write() as write:
            return copy_week_before(write, NORTH, following, {following, following + DAY})

    assert copies() == Copied(2, 1)
    assert copies() == Copied(0, 1)
    assert [each for each in planned() if each[0] >= following] == [
        (following, NORTH, "Léa Martin", "08:00"),
        (following, SOUTH, "Tom Roy", "09:00"),
        (following + DAY, NORTH, "Léa Martin", "08:00"),
    ]


def test_hours_are_forgotten_after_a_year(ens: Provider) -> None:
    works("Ancienne", today() - shifts.KEPT - DAY)
    works("Récente", today() - shifts.KEPT)

    with store.write() as write:
        forget_past_shifts(write, today())

    assert [name for _day, _site, name, _starts in planned()] == ["Récente"]


def test_a_site_that_is_renamed_keeps_its_staff(ens: Provider) -> None:
    a_reception()
    works("Léa Martin", today())

    with store.write() as write:
        rename_site(write, NORTH, "École Anne-Frank", now())

    assert [site for _day, site, _name, _starts in planned()] == ["École Anne-Frank"]


# Enough for who comes


def test_children_are_counted_by_age_on_the_day_and_who_is_here_now_by_marks(
    ens: Provider,
) -> None:
    group = a_reception()
    is_declared()
    little = come(ens, group, 3, today(), age=4)
    older = come(ens, group, 2, today(), age=9)
    guest = Child("Sam", "Imprévu", f"{today().year - 8}-01-01")
    ens.receives_child(guest)
    with store.read() as read:
        session = offer.session_on(read, group, today())
    arrive(
        [
            a_mark(session, little[0].id, "present"),
            a_mark(session, little[1].id, "absent"),
            a_mark(session, older[0].id, "left"),
            a_mark(session, guest.id, "present"),
        ]
    )

    with store.read() as read:
        (meeting,) = meetings_with_children_present(
            read,
            declarable_meetings_at_sites(
                read, [NORTH], today(), today(), stated_declaration_terms(read), ()
            ),
        )

    assert meeting.booked == Ages(3, 2)
    assert meeting.present == Ages(1, 1)
    assert meeting.here == Ages(2, 2), "one little and one older child have no mark yet"


def test_a_child_whose_file_has_gone_counts_as_a_little_one(ens: Provider) -> None:
    group = a_reception()
    (child,) = come(ens, group, 1, today(), age=9)
    with store.write() as write:
        write.delete(write.get_one(ChildCard, child.id))

    with store.read() as read:
        (meeting,) = declarable_meetings_at_sites(read, [NORTH], today(), today(), TERMS, ())

    assert meeting.booked == Ages(1, 0)


def test_a_site_of_which_a_group_is_beyond_reach_is_not_there(ens: Provider) -> None:
    own, other = a_reception(), a_reception(label="Garderie")
    south = a_reception(SOUTH)

    with store.read() as read:
        found = sites_of_activities_between(
            read, Reach(frozenset({own.id, south.id}), today()), today(), today(), TERMS
        )
        every = sites_of_activities_between(
            read, Reach(frozenset({own.id, other.id}), today()), today(), today(), TERMS
        )

    assert (found, every) == ([SOUTH], [NORTH])


def test_a_week_says_day_by_day_where_somebody_lacks(ens: Provider) -> None:
    group = a_reception()
    come(ens, group, 9, today())
    works("Léa Martin", today())

    with store.read() as read:
        week = week_of_staff(read, NORTH, today(), TERMS)

    short = {day.day: day.worst.count_missing_adults for day in week if day.worst}
    assert short == {today(): 1}


def test_a_day_alerts_where_its_site_plans_its_staff_and_nowhere_else(ens: Provider) -> None:
    for site in (NORTH, SOUTH):
        come(ens, a_reception(site), 9, today())
    works("Léa Martin", today())

    with store.read() as read:
        gaps = gaps_of_today(read, EVERYWHERE, noon(), TERMS)
        undeclared = gaps_of_today(read, EVERYWHERE, noon(), {EVENING: Terms()})

    assert [(gap.site, gap.span.count_missing_adults, gap.now) for gap in gaps] == [
        (NORTH, 1, True)
    ]
    assert undeclared == []


def test_who_left_needs_nobody_any_more(ens: Provider) -> None:
    group = a_reception()
    children = come(ens, group, 9, today())
    works("Léa Martin", today())
    with store.read() as read:
        session = offer.session_on(read, group, today())
    arrive([a_mark(session, children[0].id, "left")])

    with store.read() as read:
        assert gaps_of_today(read, EVERYWHERE, noon(), TERMS) == []
