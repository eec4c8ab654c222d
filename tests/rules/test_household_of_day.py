"""Whose day it is, what becomes of a booking, and what a household sees: rules, without tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.bookings.queries.week_patterns import Pattern, PatternEntry
from services.enrolment.bookings.rules.absences import accepts_late_absence
from services.enrolment.bookings.rules.booking_decisions import (
    Case,
    decide_absence,
    decide_booking,
    decide_cancelling,
)
from services.enrolment.bookings.rules.day_state import Seen, bookable_state, state_to_show
from services.enrolment.families.rules.household_of_day import Home, Weeks, household_of_day
from services.enrolment.families.rules.order_time import OrderTime

CLAIRE, ANTOINE = "claire", "antoine"
MONDAY, FRIDAY = 1, 5


def two(changes_on: int) -> Home:
    return Home(frozenset({CLAIRE, ANTOINE}), Weeks(CLAIRE, ANTOINE, changes_on))


# Whose day


def test_the_days_of_a_child_of_one_household_are_all_its() -> None:
    home = Home(frozenset({CLAIRE}))

    assert household_of_day(home, date(2026, 11, 25)) == CLAIRE
    assert household_of_day(home, date(2026, 12, 2), [ANTOINE]) == CLAIRE


def test_a_child_whose_file_has_not_come_is_of_no_household() -> None:
    assert household_of_day(Home(), date(2026, 11, 25)) is None


def test_weeks_alternate_and_change_on_monday() -> None:
    home = two(MONDAY)

    sunday, monday = date(2026, 11, 29), date(2026, 11, 30)  # weeks 48 and 49

    assert household_of_day(home, sunday) == CLAIRE
    assert household_of_day(home, monday) == ANTOINE


def test_a_week_that_changes_on_friday_is_of_the_parity_of_that_friday() -> None:
    home = two(FRIDAY)

    assert household_of_day(home, date(2026, 11, 26)) == ANTOINE  # Thursday of 48, begun in 47
    assert household_of_day(home, date(2026, 11, 27)) == CLAIRE  # Friday of 48
    assert household_of_day(home, date(2026, 12, 3)) == CLAIRE  # until Thursday of 49
    assert household_of_day(home, date(2026, 12, 4)) == ANTOINE


def test_after_week_53_the_odd_household_has_the_child_twice_in_a_row() -> None:
    home = two(MONDAY)

    last, first = date(2026, 12, 28), date(2027, 1, 4)  # weeks 53 and 1

    assert (last.isocalendar().week, first.isocalendar().week) == (53, 1)
    assert household_of_day(home, last) == household_of_day(home, first) == ANTOINE


def test_where_nobody_said_whose_weeks_are_whose_a_day_is_of_who_orders_it() -> None:
    home = Home(frozenset({CLAIRE, ANTOINE}))
    day = date(2026, 11, 25)

    assert household_of_day(home, day, [CLAIRE]) == CLAIRE
    assert household_of_day(home, day, [ANTOINE]) == ANTOINE
    assert household_of_day(home, day, ["a stranger"]) == min(CLAIRE, ANTOINE)


@given(st.dates(date(2024, 1, 1), date(2034, 1, 1)), st.integers(1, 7))
def test_every_day_has_one_household_and_changes_only_on_its_weekday(
    day: date, changes_on: int
) -> None:
    home = two(changes_on)
    eve = day - timedelta(days=1)

    if household_of_day(home, day) != household_of_day(home, eve):
        assert day.isoweekday() == changes_on


# What each household wants


def test_weekdays_asked_for_with_the_place_hold_for_who_asked_until_it_says_others() -> None:
    asked = Pattern("by_day", "12", CLAIRE)
    later = Pattern("by_day", "12", CLAIRE, (PatternEntry(CLAIRE, date(2026, 12, 1), "4"),))
    monday, thursday = date(2026, 11, 30), date(2026, 12, 3)

    assert asked.wants(CLAIRE, monday)
    assert not asked.wants(ANTOINE, monday)
    assert later.wants(CLAIRE, monday)  # until the eve of what was said
    assert later.wants(CLAIRE, thursday)
    assert not later.wants(CLAIRE, monday + timedelta(days=7))


def test_what_is_booked_whole_wants_every_session_of_both_households() -> None:
    assert Pattern("whole", "", CLAIRE).wants(ANTOINE, date(2026, 11, 30))


# What becomes of one session

STARTS = datetime(2026, 11, 30, 10, 45, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 27, 17, tzinfo=UTC)
IN_TIME, TOO_LATE = DEADLINE, DEADLINE + timedelta(seconds=1)


def case(**more: object) -> Case:
    values = {"starts_at": STARTS, "book_until": DEADLINE, "cancel_until": DEADLINE}
    return Case(**values | more)  # type: ignore[arg-type]


def at(moment: datetime) -> OrderTime:
    return OrderTime(moment, moment)


def test_the_deadline_itself_is_in_time_and_a_second_later_is_not() -> None:
    assert decide_booking(case(), at(IN_TIME)).state == "booked"
    assert decide_booking(case(), at(TOO_LATE)).outcome == "late"
    assert decide_cancelling(case(booking="booked"), at(IN_TIME)).state == "cancelled"
    late = decide_cancelling(case(booking="booked"), at(TOO_LATE))
    assert (late.outcome, late.state, late.until) == ("late", None, DEADLINE)


def test_who_ordered_in_time_was_in_time_however_late_it_is_dealt_with() -> None:
    waited = OrderTime(IN_TIME, STARTS + timedelta(hours=3))

    assert decide_cancelling(case(booking="booked"), waited).outcome == "cancelled"
    assert decide_booking(case(), waited).outcome == "late", "nobody is booked for what has begun"


def test_a_sick_child_is_excused_until_the_session_starts() -> None:
    booked = case(booking="booked")
    morning, during = at(STARTS - timedelta(minutes=1)), at(STARTS)

    assert decide_absence(booked, at(IN_TIME), True).outcome == "cancelled"
    assert decide_absence(booked, morning, True).state == "excused"
    assert decide_absence(booked, morning, False).state == "late"
    assert decide_absence(booked, during, True).state is None
    assert decide_absence(booked, during, True).outcome == "late"


@pytest.mark.parametrize(
    ("regime", "reason", "excused"),
    [
        ("canteen", "sick", True),
        ("school", "sick", True),
        ("leisure_centre", "sick", True),
        ("sport", "sick", False),
        ("music", "sick", False),
        (None, "sick", False),
        ("canteen", "other", False),
    ],
)
def test_which_absences_are_accepted_after_the_deadline(
    regime: str | None, reason: str, excused: bool
) -> None:
    assert accepts_late_absence(regime, reason) is excused


@pytest.mark.parametrize("decide", [decide_booking, decide_cancelling])
def test_a_day_of_the_other_household_moves_for_nobody_else(decide: object) -> None:
    for booking in (None, "booked", "cancelled", "excused", "late", "closed"):
        decision = decide(case(own=False, booking=booking), at(IN_TIME))  # type: ignore[operator]
        assert (decision.outcome, decision.state, decision.until) == ("other_household", None, None)


def test_what_the_provider_closed_is_closed_to_everything() -> None:
    for closed in (case(takes_place=False, booking="booked"), case(booking="closed")):
        for decide in (decide_booking, decide_cancelling):
            assert decide(closed, at(IN_TIME)).outcome == "closed"
        assert decide_absence(closed, at(IN_TIME), True).state is None


def test_a_session_without_a_place_or_a_booking_is_gone() -> None:
    assert decide_booking(case(has_place=False), at(IN_TIME)).outcome == "gone"
    assert decide_cancelling(case(), at(IN_TIME)).outcome == "gone"


# What a household sees


def test_of_the_other_households_day_nothing_shows_but_that_the_child_is_expected() -> None:
    for booking in ("booked", "late", "excused"):
        for mark in (None, "present", "absent", "left"):
            assert state_to_show(Seen(False, True, booking, mark)) == "other"
    for booking in (None, "cancelled", "closed"):
        assert state_to_show(Seen(False, True, booking, "present")) is None
        assert bookable_state(Seen(False, True, booking), False, True) is None


def test_the_roll_call_says_whether_an_own_child_came() -> None:
    assert state_to_show(Seen(True, True, "booked", "present")) == "present"
    assert state_to_show(Seen(True, True, "booked", "left")) == "present"
    assert state_to_show(Seen(True, True, "booked", "absent")) == "absent"
    assert state_to_show(Seen(True, True, "excused", "absent")) == "excused"
    assert state_to_show(Seen(True, True, None, "present")) == "present"


def test_what_is_free_shows_only_where_it_may_be_booked() -> None:
    assert bookable_state(Seen(True, True, None), False, True) == "free"
    assert bookable_state(Seen(True, True, None), True, True) == "full"
    assert bookable_state(Seen(True, False, None), False, True) == "closed"
    assert bookable_state(Seen(True, True, None), False, False) is None
    assert bookable_state(Seen(True, True, "cancelled"), True, True) == "cancelled"
