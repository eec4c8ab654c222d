"""Giving places: arrival, criteria, draw; and the order in which children of a list are called."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.places.admission.rules.allocation_order import (
    CRITERIA,
    DRAW,
    ORDER,
    Request,
    allocate_places,
    end_of_offer_made_at,
    lot_of_application,
    points_of_request,
    sort_requests_for_places,
)
from services.enrolment.places.admission.rules.allowed_actions import allowed_actions
from services.enrolment.places.admission.rules.refusals import refusal_reasons
from services.enrolment.places.applications.rules.treatment_by_channel import (
    Handled,
    shares_by_channel,
)
from shared.contracts.enrolment.places.states import (
    ACCEPTED,
    APPLICATION_STATES,
    DECIDING,
    OFFERED,
    REASONS,
    WAITING,
)
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id
from shared.text import folded

MORNING = datetime(2026, 6, 1, 6, tzinfo=UTC)

moments = st.integers(0, 20).map(lambda seconds: MORNING + timedelta(seconds=seconds))
requests = st.lists(
    st.builds(Request, st.uuids().map(str), moments, st.integers(0, 5)),
    unique_by=lambda request: request.application_id,
    max_size=30,
)
ways = st.sampled_from((ORDER, CRITERIA, DRAW))


def asked(*points: int) -> list[Request]:
    """Return requests of one second each, with these points."""
    return [Request(new_id(), MORNING + timedelta(seconds=n), p) for n, p in enumerate(points)]


def test_who_came_first_has_the_place_and_the_others_wait_in_their_order() -> None:
    first, second, third = asked(0, 9, 0)

    outcome = allocate_places([third, second, first], ORDER, places=1, taken=0)

    assert outcome.given == (first.application_id,)
    assert outcome.rank(second.application_id) == 1
    assert outcome.rank(third.application_id) == 2


def test_criteria_count_before_arrival_and_arrival_decides_between_equals() -> None:
    early, strong, late = asked(1, 5, 1)

    outcome = allocate_places([late, strong, early], CRITERIA, places=2, taken=0)

    assert outcome.given == (strong.application_id, early.application_id)
    assert outcome.waiting == (late.application_id,)


def test_points_are_those_of_the_criteria_that_a_family_declares() -> None:
    criteria = [{"code": "sibling", "points": 3}, {"code": "both_work", "points": 2}]

    assert points_of_request(["sibling", "unknown"], criteria) == 3
    assert points_of_request([], criteria) == 0


def test_a_group_that_is_over_its_places_gives_none_and_one_without_limit_gives_all() -> None:
    several = asked(0, 0)

    assert allocate_places(several, ORDER, places=3, taken=5).given == ()
    assert len(allocate_places(several, ORDER, places=None, taken=500).given) == 2


def test_a_draw_needs_a_seed_and_another_seed_draws_otherwise() -> None:
    several = asked(*range(20))

    with pytest.raises(ValueError, match="seed"):
        allocate_places(several, DRAW, places=1, taken=0)
    assert sort_requests_for_places(several, DRAW, "a1") != sort_requests_for_places(
        several, DRAW, "b2"
    )


def test_a_draw_can_be_done_again_by_anybody_with_the_seed_and_the_ids() -> None:
    """The lot is written down here, so that no later version draws otherwise."""
    one = "019ab3c0-0000-7000-8000-000000000001"

    lot = "608006fd3f8d3c1cca73b50af1dda254deca169efb420a69fc1d09289b23d75d"

    assert lot_of_application("graine", one) == lot


@given(requests, ways, st.integers(0, 40), st.integers(0, 40))
def test_nobody_is_lost_or_doubled_and_no_place_given_twice(
    several: list[Request], way: str, places: int, taken: int
) -> None:
    outcome = allocate_places(several, way, places, taken, "graine")

    everybody = (*outcome.given, *outcome.waiting)
    assert sorted(everybody) == sorted(one.application_id for one in several)
    assert len(outcome.given) <= max(0, places - taken)
    assert not outcome.waiting or len(outcome.given) == max(0, places - taken)


@given(requests, ways, st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_order_in_which_requests_stand_changes_nothing(
    several: list[Request], way: str, places: int, chance: object
) -> None:
    shuffled = list(several)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert allocate_places(several, way, places, 0, "graine") == allocate_places(
        shuffled, way, places, 0, "graine"
    )


@given(requests, moments)
def test_a_draw_does_not_know_when_a_request_came(several: list[Request], other: datetime) -> None:
    moved = [Request(one.application_id, other, one.points) for one in several]

    lots = [one.application_id for one in sort_requests_for_places(several, DRAW, "graine")]

    assert lots == [one.application_id for one in sort_requests_for_places(moved, DRAW, "graine")]


def test_an_offer_ends_at_six_in_the_evening_also_across_the_change_of_the_clock() -> None:
    summer = datetime(2026, 10, 23, 20, 30, tzinfo=UTC)

    until = end_of_offer_made_at(summer, 3)

    assert until.astimezone(PARIS).isoformat() == "2026-10-26T18:00:00+01:00"
    assert until.tzinfo is UTC


# What an agent may do, and why a request may be refused


@pytest.mark.parametrize("state", APPLICATION_STATES)
def test_nobody_is_taken_out_of_turn(state: str) -> None:
    behind = allowed_actions(state, ORDER, room_left=True, rank=2)
    drawn_lots = allowed_actions(state, DRAW, room_left=True, rank=None)

    assert "offer" not in behind
    # « deciding » by arrival is only whether the child may come: it then waits like any other
    assert "accept" not in behind or state in (OFFERED, DECIDING)
    assert "offer" not in drawn_lots


def test_what_an_agent_may_do_follows_the_state_and_the_room() -> None:
    assert allowed_actions(ACCEPTED, ORDER, room_left=False, rank=None) == ("end",)
    assert "accept" in allowed_actions(DECIDING, CRITERIA, room_left=True, rank=None)
    assert "accept" not in allowed_actions(DECIDING, CRITERIA, room_left=False, rank=None)
    assert "accept" in allowed_actions(WAITING, ORDER, room_left=True, rank=1)


def test_a_canteen_may_refuse_for_want_of_room_only_where_there_is_none() -> None:
    assert "capacity" not in refusal_reasons("canteen", room_left=True)
    assert "capacity" in refusal_reasons("canteen", room_left=False)
    assert "other" not in refusal_reasons("canteen", room_left=False)
    assert "criteria" not in refusal_reasons("school", room_left=False)
    assert set(refusal_reasons("sport", room_left=False)) <= set(REASONS)


# Channels


def test_each_channel_shows_what_it_got_and_how_long_that_took() -> None:
    hour = timedelta(hours=1)
    handled = [
        Handled("portal", "accepted", MORNING, MORNING + hour),
        Handled("portal", "offered", MORNING, MORNING + 3 * hour),
        Handled("portal", "waiting", MORNING, MORNING + hour),
        Handled("paper", "deciding", MORNING, None),
    ]

    portal, paper = shares_by_channel(handled)

    assert (portal.channel, portal.asked, portal.placed, portal.wait) == ("portal", 3, 2, 2 * hour)
    assert (paper.asked, paper.placed, paper.wait) == (1, 0, None)


# Names on a list


def child(first_name: str, last_name: str, born: str = "2018-03-12", class_name: str = "") -> Named:
    return Named(new_id(), first_name, last_name, date.fromisoformat(born), class_name)


def test_twins_with_the_same_initials_and_birth_date_are_told_apart_on_every_list() -> None:
    twins = [child("Léa", "Martin"), child("Lou", "Martin")]

    assert set(display_names(twins).values()) == {"Léa Martin", "Lou Martin"}


def test_children_of_one_name_are_told_apart_by_birth_date_then_class_then_a_number() -> None:
    elder = child("Léa", "Martin", "2017-01-02")
    here = child("Léa", "Martin", class_name="CE1 A")
    there = child("Lea", "MARTIN", class_name="CE1 B")

    names = display_names([elder, here, there])

    assert names[elder.child_id] == "Léa Martin · 02/01/2017"
    assert names[here.child_id] == "Léa Martin · 12/03/2018 · CE1 A"
    assert names[there.child_id] == "Lea MARTIN · 12/03/2018 · CE1 B"


def test_where_nothing_else_tells_them_apart_a_number_does() -> None:
    same = [child("Léa", "Martin"), child("Léa", "Martin")]

    names = display_names(same)

    assert sorted(names.values()) == ["Léa Martin (1)", "Léa Martin (2)"]
    assert display_names(reversed(same)) == names


letters = st.text("aAéeLlo'- ", min_size=1, max_size=4)
named = st.builds(
    Named,
    st.uuids().map(str),
    letters,
    letters,
    st.sampled_from([date(2018, 3, 12), date(2019, 3, 12)]),
    st.sampled_from(["", "CE1 A", "CE1 B"]),
)


@given(st.lists(named, unique_by=lambda one: one.child_id, max_size=12))
def test_no_two_names_of_a_list_are_alike_read_aloud_too(children: list[Named]) -> None:
    names = display_names(children)

    assert names.keys() == {one.child_id for one in children}
    assert len({folded(name) for name in names.values()}) == len(children)
