"""Changes that an agent may make of a child's session, before it and afterwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.enrolment.bookings.rules.agent_decisions import (
    ACTS,
    BEGUN,
    BOOK,
    BOOKED,
    CAME,
    CANCEL,
    CANCELLED,
    CLOSED,
    EXCUSE,
    EXCUSED,
    FULL,
    GROUP_CLOSED,
    IS_THERE,
    LATE,
    MISSED,
    NO_HOME,
    NO_PLACE,
    NOT_BEGUN,
    NOT_HELD,
    NOT_MARKED,
    NOTHING_BOOKED,
    AgentCase,
    Powers,
    acts_that_would_change,
    decide_act_of_agent,
    decide_session_moved_from,
)

NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
LUNCH = AgentCase(NOON, NOON + timedelta(hours=2), NOON - timedelta(hours=18), booking=BOOKED)
IN_TIME, TOO_LATE = NOON - timedelta(days=2), NOON - timedelta(hours=3)
DURING, NEXT_DAY = NOON + timedelta(hours=1), NOON + timedelta(days=1)
PLAIN, LEAD = Powers(), Powers(answers_for_day=True)


def after(act: str, case: AgentCase, now: datetime, powers: Powers = PLAIN) -> str:
    """Return the new state, or why not; "" where it is already so."""
    decision = decide_act_of_agent(act, case, powers, now)
    return decision.booking or decision.mark or decision.refused


def test_a_lunch_is_cancelled_in_time_or_counts_once_the_deadline_has_passed() -> None:
    assert after(CANCEL, LUNCH, IN_TIME) == CANCELLED
    assert after(CANCEL, LUNCH, TOO_LATE) == LATE
    assert after(CANCEL, LUNCH, DURING) == BEGUN


def test_an_agent_excuses_at_any_time_but_no_child_that_was_there() -> None:
    for moment in (IN_TIME, TOO_LATE, DURING, NEXT_DAY):
        assert after(EXCUSE, LUNCH, moment) == EXCUSED
    assert after(EXCUSE, replace(LUNCH, booking=LATE), NEXT_DAY) == EXCUSED
    assert after(EXCUSE, replace(LUNCH, mark="absent"), NEXT_DAY) == EXCUSED
    assert after(EXCUSE, replace(LUNCH, mark="present"), NEXT_DAY) == IS_THERE
    assert after(EXCUSE, replace(LUNCH, booking=None), NEXT_DAY) == NOTHING_BOOKED


def test_an_agent_books_after_the_deadline_and_a_full_session_only_when_it_says_so() -> None:
    free = replace(LUNCH, booking=None)

    assert after(BOOK, free, TOO_LATE) == BOOKED
    assert after(BOOK, replace(free, full=True), TOO_LATE) == FULL
    assert after(BOOK, replace(free, full=True), TOO_LATE, Powers(over_capacity=True)) == BOOKED
    assert after(BOOK, replace(LUNCH, booking=LATE, full=True), TOO_LATE) == BOOKED
    assert after(BOOK, replace(free, has_place=False), TOO_LATE) == NO_PLACE


def test_a_past_day_is_booked_again_only_for_a_child_of_whom_it_is_known_who_came() -> None:
    excused = replace(LUNCH, booking=EXCUSED)

    assert after(BOOK, excused, NEXT_DAY) == NOT_MARKED
    assert after(BOOK, replace(excused, mark="absent"), NEXT_DAY) == BOOKED


def test_a_child_who_came_without_a_booking_is_marked_from_the_beginning_on() -> None:
    unbooked = replace(LUNCH, booking=None, has_place=False)

    assert after(CAME, unbooked, IN_TIME) == NOT_BEGUN
    assert after(CAME, unbooked, DURING) == "present"
    assert after(CAME, replace(unbooked, mark="present"), NEXT_DAY) == ""
    assert after(MISSED, replace(unbooked, mark="present"), NEXT_DAY) == "absent"
    assert after(MISSED, unbooked, NEXT_DAY) == NOTHING_BOOKED


def test_two_tablets_that_contradict_each_other_are_settled() -> None:
    doubtful = replace(LUNCH, mark="present", to_check=True)

    assert after(CAME, doubtful, NEXT_DAY) == "present"


def test_who_answers_for_the_day_alone_corrects_a_closed_group() -> None:
    closed = replace(LUNCH, closed=True, mark="absent")

    assert {after(act, closed, NEXT_DAY) for act in ACTS} == {GROUP_CLOSED}
    assert after(EXCUSE, closed, NEXT_DAY, LEAD) == EXCUSED
    assert after(CAME, closed, NEXT_DAY, LEAD) == "present"


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_on_a_day_that_is_not_held_nor_for_a_child_of_no_home(act: str) -> None:
    assert after(act, replace(LUNCH, takes_place=False), DURING, LEAD) == NOT_HELD
    assert after(act, replace(LUNCH, has_home=False), DURING, LEAD) == NO_HOME


def test_a_child_left_out_by_an_outing_is_booked_again_and_neither_cancelled_nor_excused() -> None:
    away = replace(LUNCH, booking=CLOSED)

    assert after(BOOK, away, IN_TIME) == BOOKED
    assert after(CANCEL, away, IN_TIME) == NOTHING_BOOKED
    assert after(EXCUSE, away, IN_TIME) == NOTHING_BOOKED


def test_what_is_moved_never_counts_however_late() -> None:
    assert decide_session_moved_from(LUNCH, PLAIN, IN_TIME).booking == CANCELLED
    assert decide_session_moved_from(LUNCH, PLAIN, TOO_LATE).booking == EXCUSED
    assert decide_session_moved_from(replace(LUNCH, booking=CANCELLED), PLAIN, IN_TIME).refused
    assert decide_session_moved_from(replace(LUNCH, booking=None), PLAIN, IN_TIME).refused


def test_acts_that_are_offered_change_something() -> None:
    assert acts_that_would_change(LUNCH, PLAIN, IN_TIME) == (CANCEL, EXCUSE)
    assert acts_that_would_change(LUNCH, PLAIN, NEXT_DAY) == (EXCUSE, CAME, MISSED)
    assert acts_that_would_change(replace(LUNCH, closed=True), PLAIN, NEXT_DAY) == ()
    assert acts_that_would_change(replace(LUNCH, booking=None, full=True), PLAIN, IN_TIME) == (
        BOOK,
    )
