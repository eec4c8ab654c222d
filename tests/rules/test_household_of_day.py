"""The household of a day, the fate of a booking, and the view of a household: rules, no tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.bookings.queries.week_patterns import Pattern, PatternEntry
from services.enrolment.bookings.rules.booking_decisions import (
    Case,
    decide_absence,
    decide_booking,
    decide_cancelling,
)
from services.enrolment.bookings.rules.late_absences import is_late_absence_excused
from services.enrolment.bookings.rules.session_state_for_household import (
    Seen,
    session_state_for_household,
    session_state_in_booking_calendar,
)
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.families.rules.household_of_day import Home, household_of_day
from shared.dates.school_holidays import SchoolCalendar
from shared.dates.two_home_weeks import EVENING, FORTNIGHTS, HALVES, MORNING, Weeks

CLAIRE, ANTOINE = "claire", "antoine"
MONDAY, FRIDAY = 1, 5


def two(changes_on: int) -> Home:
    weeks = Weeks(CLAIRE, ANTOINE, changes_on, MORNING)
    return Home(frozenset({CLAIRE, ANTOINE}), ((date.min, weeks),))


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


def test_a_child_that_changes_hands_on_friday_after_school_has_that_lunch_with_who_had_it() -> None:
    after_school = Weeks(CLAIRE, ANTOINE, FRIDAY, EVENING)

    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)  # week 48, which is Claire's

    assert after_school.household_on(friday) == ANTOINE
    assert after_school.household_on(saturday) == CLAIRE
    assert after_school.next_change(friday) == saturday


def test_sunday_evening_and_monday_morning_are_one_week_of_the_parity_of_that_monday() -> None:
    sunday, monday = Weeks(CLAIRE, ANTOINE, 7, EVENING), Weeks(CLAIRE, ANTOINE, MONDAY, MORNING)
    days = [date(2026, 11, 1) + timedelta(days=ahead) for ahead in range(400)]

    assert [sunday.household_on(day) for day in days] == [monday.household_on(day) for day in days]


def test_school_days_in_one_home_leave_the_other_a_weekend_of_two() -> None:
    weeks = Weeks(CLAIRE, ANTOINE, school_days=ANTOINE)

    week_48 = [date(2026, 11, 23) + timedelta(days=ahead) for ahead in range(7)]
    week_49 = [day + timedelta(days=7) for day in week_48]

    assert [weeks.household_on(day) for day in week_48] == [ANTOINE] * 5 + [CLAIRE] * 2
    assert {weeks.household_on(day) for day in week_49} == {ANTOINE}


def test_halves_of_holidays_go_round_with_the_year_in_which_they_begin() -> None:
    weeks = Weeks(CLAIRE, ANTOINE, holidays=CLAIRE)

    christmas = [date(2026, 12, 19) + timedelta(days=ahead) for ahead in range(16)]
    next_autumn = [date(2027, 10, 23) + timedelta(days=ahead) for ahead in range(16)]

    assert [weeks.household_on(day) for day in christmas] == [CLAIRE] * 8 + [ANTOINE] * 8
    assert [weeks.household_on(day) for day in next_autumn] == [ANTOINE] * 8 + [CLAIRE] * 8


def test_a_bridge_is_no_holiday_to_be_halved() -> None:
    ascension = date(2027, 5, 6)
    usual, halved = Weeks(CLAIRE, ANTOINE), Weeks(CLAIRE, ANTOINE, holidays=ANTOINE)

    assert SchoolCalendar("B").shared_holidays_on(ascension) is None
    assert halved.household_on(ascension) == usual.household_on(ascension)


def test_the_summer_goes_by_halves_or_by_fortnights() -> None:
    first, days = date(2026, 7, 4), 59

    def homes(summer: str) -> list[str]:
        weeks = Weeks(CLAIRE, ANTOINE, holidays=CLAIRE, summer=summer)
        summer_days = [first + timedelta(days=ahead) for ahead in range(days)]
        return [weeks.household_on(day) for day in summer_days]

    assert homes(HALVES) == [CLAIRE] * 30 + [ANTOINE] * 29
    assert homes(FORTNIGHTS) == [CLAIRE] * 15 + [ANTOINE] * 15 + [CLAIRE] * 15 + [ANTOINE] * 14


homes = st.sampled_from([CLAIRE, ANTOINE])
all_weeks = st.builds(
    Weeks,
    st.just(CLAIRE),
    st.just(ANTOINE),
    st.integers(1, 7),
    st.sampled_from([MORNING, EVENING]),
    st.none() | homes,
    st.none() | homes,
    st.sampled_from([HALVES, FORTNIGHTS]),
)


@given(all_weeks, st.integers(2024, 2034))
def test_every_day_of_a_year_is_of_exactly_one_home_and_both_have_days(
    weeks: Weeks, year: int
) -> None:
    days = [date(year, 1, 1) + timedelta(days=ahead) for ahead in range(365)]
    mirrored = Weeks(
        ANTOINE,
        CLAIRE,
        weeks.changes_on,
        weeks.changes_at,
        weeks.school_days and _other(weeks.school_days),
        weeks.holidays and _other(weeks.holidays),
        weeks.summer,
    )

    owners = [weeks.household_on(day) for day in days]

    assert set(owners) == {CLAIRE, ANTOINE}
    assert [_other(mirrored.household_on(day)) for day in days] == owners


@given(all_weeks, st.dates(date(2026, 1, 1), date(2027, 6, 1)))
def test_the_next_change_is_the_first_day_of_the_other_home(weeks: Weeks, day: date) -> None:
    change = weeks.next_change(day)

    assert change is not None
    days = [day + timedelta(days=ahead) for ahead in range((change - day).days)]
    assert {weeks.household_on(each) for each in days} == {weeks.household_on(day)}
    assert weeks.household_on(change) != weeks.household_on(day)


@given(st.dates(date(2026, 1, 1), date(2027, 6, 1)), all_weeks, st.integers(0, 300))
def test_days_before_new_weeks_stay_whose_they_were(since: date, weeks: Weeks, ago: int) -> None:
    former = Weeks("both parents", "both parents")
    home = Home(frozenset({CLAIRE, ANTOINE}), ((since, weeks), (date.min, former)))

    before, after = since - timedelta(days=ago + 1), since + timedelta(days=ago)

    assert household_of_day(home, before) == "both parents"
    assert household_of_day(home, after) == weeks.household_on(after)


def _other(home: str) -> str:
    return ANTOINE if home == CLAIRE else CLAIRE


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
    assert is_late_absence_excused(regime, reason) is excused


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
            assert session_state_for_household(Seen(False, True, booking, mark)) == "other"
    for booking in (None, "cancelled", "closed"):
        assert session_state_for_household(Seen(False, True, booking, "present")) is None
        assert session_state_in_booking_calendar(Seen(False, True, booking), False, True) is None


def test_the_roll_call_says_whether_an_own_child_came() -> None:
    assert session_state_for_household(Seen(True, True, "booked", "present")) == "present"
    assert session_state_for_household(Seen(True, True, "booked", "left")) == "present"
    assert session_state_for_household(Seen(True, True, "booked", "absent")) == "absent"
    assert session_state_for_household(Seen(True, True, "excused", "absent")) == "excused"
    assert session_state_for_household(Seen(True, True, None, "present")) == "present"


def test_what_is_free_shows_only_where_it_may_be_booked() -> None:
    assert session_state_in_booking_calendar(Seen(True, True, None), False, True) == "free"
    assert session_state_in_booking_calendar(Seen(True, True, None), True, True) == "full"
    assert session_state_in_booking_calendar(Seen(True, False, None), False, True) == "closed"
    assert session_state_in_booking_calendar(Seen(True, True, None), False, False) is None
    assert (
        session_state_in_booking_calendar(Seen(True, True, "cancelled"), True, True) == "cancelled"
    )


def test_halves_of_holidays_follow_the_zone_of_the_town_and_the_days_that_its_file_types() -> None:
    of_zone = {
        zone: Weeks(CLAIRE, ANTOINE, holidays=CLAIRE, calendar=SchoolCalendar(zone))
        for zone in "ABC"
    }
    typed = ((date(2027, 3, 1), date(2027, 3, 14)),)
    overseas = Weeks(CLAIRE, ANTOINE, holidays=CLAIRE, calendar=SchoolCalendar("reunion", typed))
    winter = [date(2027, 2, 6) + timedelta(days=count) for count in range(44)]

    halves = {zone: [weeks.household_on(day) for day in winter] for zone, weeks in of_zone.items()}
    assert halves["A"] != halves["B"] != halves["C"] != halves["A"]
    assert [overseas.household_on(date(2027, 3, day)) for day in (1, 7, 8, 14)] == [
        ANTOINE,
        ANTOINE,
        CLAIRE,
        CLAIRE,
    ]
