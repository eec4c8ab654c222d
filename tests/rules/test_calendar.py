"""Days that count: weekends, public holidays, closed days, school holidays."""

from datetime import date

import pytest

from services.enrolment.offer.rules import calendar as rules
from services.enrolment.offer.rules.calendar import ALWAYS, HOLIDAYS, TERM, Calendar, NoWorkingDay
from shared.contracts.enrolment.places.published_offer import RUNS_IN

ARMISTICE = date(2026, 11, 11)  # a Wednesday
TOUSSAINT = frozenset(rules.days_between(date(2026, 10, 17), date(2026, 11, 1)))
YEAR = Calendar(TOUSSAINT, frozenset({ARMISTICE}), frozenset({date(2026, 11, 13)}))


def test_somebody_works_from_monday_to_friday_but_on_holidays_and_closed_days() -> None:
    days = [date(2026, 11, 9), ARMISTICE, date(2026, 11, 13), date(2026, 11, 14)]

    assert [YEAR.is_working(day) for day in days] == [True, False, False, False]


def test_the_offices_work_in_the_school_holidays() -> None:
    assert YEAR.is_working(date(2026, 10, 20))


def test_the_rule_knows_the_codes_of_the_contract() -> None:
    assert (TERM, HOLIDAYS, ALWAYS) == RUNS_IN


def test_what_runs_in_term_rests_in_the_holidays_and_the_other_way_round() -> None:
    in_term, in_holidays = date(2026, 11, 9), date(2026, 10, 20)

    assert [YEAR.is_day_of_running_period(in_term, each) for each in (TERM, HOLIDAYS, ALWAYS)] == [
        True,
        False,
        True,
    ]
    assert [
        YEAR.is_day_of_running_period(in_holidays, each) for each in (TERM, HOLIDAYS, ALWAYS)
    ] == [
        False,
        True,
        True,
    ]


def test_nothing_runs_on_a_public_holiday_or_a_closed_day() -> None:
    for day in (ARMISTICE, date(2026, 11, 13)):
        assert not any(
            YEAR.is_day_of_running_period(day, each) for each in (TERM, HOLIDAYS, ALWAYS)
        )


def test_counting_back_skips_what_is_not_worked() -> None:
    assert YEAR.working_days_before(date(2026, 11, 12), 1) == date(2026, 11, 10)
    assert YEAR.working_days_before(date(2026, 11, 16), 2) == date(2026, 11, 10)
    assert YEAR.working_days_before(date(2026, 11, 14), 0) == date(2026, 11, 14)


def test_a_calendar_that_is_all_closed_is_said_and_not_counted_for_ever() -> None:
    closed = Calendar(closed=frozenset(rules.days_between(date(2024, 1, 1), date(2026, 12, 31))))

    with pytest.raises(NoWorkingDay):
        closed.working_days_before(date(2026, 12, 1), 1)


def test_a_school_year_turns_on_the_first_of_september() -> None:
    assert rules.school_year_of(date(2026, 8, 31)) == "2025-2026"
    assert rules.school_year_of(date(2026, 9, 1)) == "2026-2027"
    assert rules.school_year_days("2026-2027") == (date(2026, 9, 1), date(2027, 8, 31))
    assert rules.next_school_year("2026-2027") == "2027-2028"
    for wrong in ("2026", "2026-2028", "douze"):
        with pytest.raises(ValueError):
            rules.school_year_days(wrong)
