"""Going on next year: which group is proposed, how a line stands, what the deadline allows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.school_year.renewal.rules import proposals as proposing
from services.enrolment.school_year.renewal.rules import states
from services.enrolment.school_year.renewal.rules.proposals import (
    Meets,
    Proposal,
    propose_group,
    weekdays_that_group_has,
)
from services.enrolment.school_year.renewal.rules.states import (
    is_answer_in_time,
    kept_until,
    kept_until_after_no,
    reminder_moment,
    state_of_renewal_line,
)
from shared.contracts.enrolment.place_conditions import Applicant, is_born_within
from shared.contracts.enrolment.places import states as place_states
from shared.contracts.enrolment.school_year import renewals as contract

BEFORE = Meets("old", "Judo 6-8 ans", "3", "14:00", date(2018, 1, 1), date(2020, 12, 31))
YOUNG = Meets("young", "Judo 6-8 ans", "3", "14:00", date(2019, 1, 1), date(2021, 12, 31))
BIG = Meets("big", "Judo 9-12 ans", "3", "15:15", date(2015, 1, 1), date(2018, 12, 31))
BIG_SATURDAY = Meets("saturday", "Ados", "6", "14:00", date(2015, 1, 1), date(2018, 12, 31))
UNTIL = datetime(2027, 5, 28, 16, tzinfo=UTC)


def _born(year: int, month: int, day: int) -> Applicant:
    return Applicant(date(year, month, day))


def test_who_is_still_of_the_age_stays_in_the_group_of_the_same_name() -> None:
    assert propose_group(BEFORE, [BIG, YOUNG], _born(2020, 6, 1)) == Proposal("young", "same")


def test_who_has_outgrown_it_goes_to_the_group_of_its_age_that_meets_most_like_it() -> None:
    found = propose_group(BEFORE, [BIG_SATURDAY, BIG, YOUNG], _born(2018, 6, 1))

    assert found == Proposal("big", "older")


def test_where_the_group_is_gone_another_of_the_age_is_proposed_and_said_so() -> None:
    assert propose_group(BEFORE, [BIG_SATURDAY], _born(2018, 6, 1)) == Proposal("saturday", "other")


def test_where_nothing_is_for_the_age_nothing_is_proposed() -> None:
    assert propose_group(BEFORE, [YOUNG, BIG], _born(2009, 1, 1)) == Proposal(None, "none")
    assert propose_group(BEFORE, [], _born(2019, 1, 1)) == Proposal(None, "none")


def test_of_two_groups_at_the_same_hour_the_answer_is_always_the_same() -> None:
    twin = Meets("twin", "Judo 9-12 ans", "3", "15:15", BIG.born_from, BIG.born_to)

    ways = [[BIG, twin], [twin, BIG]]

    assert {propose_group(BEFORE, way, _born(2018, 6, 1)).group_id for way in ways} == {"big"}


days = st.dates(date(2005, 1, 1), date(2026, 12, 31))
ages = st.builds(
    lambda name, label, born: Meets(name, label, "3", "14:00", min(born), max(born)),
    st.text("abcdef", min_size=1, max_size=4),
    st.sampled_from(("Judo 6-8 ans", "Judo 9-12 ans", "Ados")),
    st.tuples(days, days),
)


@given(st.lists(ages, max_size=6), days)
def test_nobody_is_proposed_a_group_that_is_not_for_its_age(
    groups: list[Meets], born: date
) -> None:
    found = propose_group(BEFORE, groups, Applicant(born))

    fitting = {
        group.id for group in groups if is_born_within(born, (group.born_from, group.born_to))
    }
    assert found.group_id in fitting if fitting else found.group_id is None


def test_days_are_kept_as_far_as_the_new_group_meets_on_them() -> None:
    assert weekdays_that_group_has("124", "1245") == "124"
    assert weekdays_that_group_has("13", "1245") == "1"
    assert weekdays_that_group_has("3", "1245") == "1245"


@pytest.mark.parametrize(
    ("answer", "request_", "closed", "state"),
    [
        ("", "offered", False, "asked"),
        ("", None, False, "asked"),
        ("", "offered", True, "released"),
        ("", None, True, "released"),
        ("", "expired", False, "released"),
        ("confirmed", "accepted", False, "confirmed"),
        ("confirmed", "accepted", True, "confirmed"),
        ("confirmed", "waiting", False, "waiting"),
        ("confirmed", "offered", False, "waiting"),
        ("confirmed", "withdrawn", False, "declined"),
        ("declined", "offered", False, "declined"),
        ("declined", "withdrawn", True, "declined"),
        ("declined", None, True, "declined"),
        ("", "accepted", False, "confirmed"),  # an agent took the answer at the counter
        ("", "withdrawn", False, "declined"),
    ],
)
def test_a_line_stands_as_its_answer_and_next_years_request_say(
    answer: str, request_: str | None, closed: bool, state: str
) -> None:
    assert state_of_renewal_line(answer, request_, proposed=True, closed=closed) == state
    assert state_of_renewal_line(answer, request_, proposed=False, closed=closed) == "no_group"


def test_the_rules_and_the_contract_speak_of_the_same_states() -> None:
    ours = (states.ASKED, states.CONFIRMED, states.WAITING)
    ours += (states.DECLINED, states.RELEASED, states.NO_GROUP)

    assert ours == contract.STATES
    assert (proposing.SAME, proposing.OLDER, proposing.OTHER, proposing.NONE) == contract.WHY
    requests = {states.ACCEPTED, states.OFFERED, states.WITHDRAWN, states.ON_THE_LIST}
    assert requests | set(states.NOT_HAD) <= set(place_states.APPLICATION_STATES)


def test_a_place_is_of_who_asked_for_it_and_of_all_once_that_household_has_left() -> None:
    assert states.households_with_place("claire", ["antoine", "claire"]) == {"claire"}
    assert states.households_with_place(None, ["antoine", "claire"]) == {"antoine", "claire"}
    assert states.households_with_place("claire", ["antoine"]) == {"antoine"}
    assert states.households_with_place("claire", []) == frozenset()


def test_the_deadline_is_that_of_when_the_family_answered() -> None:
    assert is_answer_in_time(UNTIL, UNTIL)
    assert not is_answer_in_time(UNTIL + timedelta(seconds=1), UNTIL)


def test_after_a_no_the_place_is_kept_an_hour_and_never_beyond_the_deadline() -> None:
    early, late = UNTIL - timedelta(days=2), UNTIL - timedelta(minutes=10)

    assert kept_until_after_no(early, UNTIL) == early + timedelta(hours=1)
    assert kept_until_after_no(late, UNTIL) == UNTIL
    assert kept_until("offered", UNTIL) == UNTIL
    assert kept_until("accepted", None) is None


def test_reminders_begin_some_days_before_or_never() -> None:
    assert reminder_moment(UNTIL, 5) == UNTIL - timedelta(days=5)
    assert reminder_moment(UNTIL, 0) is None
