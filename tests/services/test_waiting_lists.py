"""Waiting for a place: ranks, offers, and places that are given up."""

from datetime import timedelta

import pytest

from services.enrolment.models import Group
from services.enrolment.places.placing.commands import placing
from services.enrolment.places.placing.queries.places_and_activities import places_of_application
from services.enrolment.store import store
from shared.contracts.enrolment.places.family_acts import TooLate
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from tests.factories import places as family
from tests.factories.enrolment import Provider
from tests.factories.places import Family

TOMORROW = timedelta(days=1)


def test_a_place_given_up_is_offered_to_the_first_who_waits_and_the_others_move_up(
    ens: Provider,
) -> None:
    group, (holder, first, second) = family.full_group(ens, waiting=2)

    assert family.withdraws(holder, family.application_of(group, holder)) == "withdrawn"

    offered = family.application(family.application_of(group, first))
    assert offered.state == "offered"
    assert offered.answer_until is not None and offered.answer_until > now()
    assert family.rank(family.application_of(group, second)) == 1
    assert ("place_offered", first.household) in family.notices(ens)


def test_a_place_is_given_up_from_tomorrow_on_and_taken_up_from_then(ens: Provider) -> None:
    group, (holder, first) = family.full_group(ens, waiting=1)
    family.withdraws(holder, family.application_of(group, holder))

    assert family.answers(first, family.application_of(group, first)) == "accepted"

    old, new = family.places_in(group)
    assert (old.child_id, old.valid_to) == (holder.child.id, today())
    assert (new.child_id, new.valid_from) == (first.child.id, today() + TOMORROW)


def test_a_place_that_has_not_begun_is_given_up_whole(ens: Provider) -> None:
    group = family.a_group(places=1)
    (household,) = family.arrived(ens, 1)
    answer = family.asks(household, group, from_day=today() + timedelta(days=5))

    family.withdraws(household, answer["application_id"])

    assert family.places_in(group) == []


def test_who_gave_a_place_up_may_ask_again_the_same_day(ens: Provider) -> None:
    group = family.a_group(places=None)
    (household,) = family.arrived(ens, 1)
    answer = family.asks(household, group)
    family.withdraws(household, answer["application_id"])

    assert family.asks(household, group)["state"] == "accepted"

    old, new = family.places_in(group)
    assert (old.valid_to, new.valid_from) == (today(), today() + TOMORROW)


def test_an_offer_that_is_declined_goes_to_the_next(ens: Provider) -> None:
    group, (holder, first, second) = family.full_group(ens, waiting=2)
    family.withdraws(holder, family.application_of(group, holder))

    assert family.answers(first, family.application_of(group, first), accept=False) == "withdrawn"

    assert family.application(family.application_of(group, second)).state == "offered"


def test_an_offer_that_is_not_answered_goes_to_the_next_and_cannot_be_accepted_after(
    ens: Provider,
) -> None:
    group, (holder, first, second) = family.full_group(ens, waiting=2)
    family.withdraws(holder, family.application_of(group, holder))
    offered = family.application(family.application_of(group, first))
    assert offered.answer_until is not None

    family.pass_time(offered.answer_until)
    assert family.application(offered.id).state == "offered"
    family.pass_time(offered.answer_until + timedelta(minutes=1))

    assert family.application(offered.id).state == "expired"
    assert family.application(family.application_of(group, second)).state == "offered"
    assert ("offer_expired", first.household) in family.notices(ens)
    with pytest.raises(TooLate) as refusal:
        family.answers(first, offered.id)
    assert refusal.value.detail == {"until": offered.answer_until.isoformat()}


def test_what_is_said_twice_is_done_once(ens: Provider) -> None:
    group, (holder, first) = family.full_group(ens, waiting=1)

    for _ in range(2):
        assert family.withdraws(holder, family.application_of(group, holder)) == "withdrawn"
    for _ in range(2):
        assert family.answers(first, family.application_of(group, first)) == "accepted"

    assert len(family.places_in(group)) == 2
    assert family.notices(ens).count(("place_given", first.household)) == 1


def test_nobody_else_answers_an_offer_or_takes_an_application_back(ens: Provider) -> None:
    group, (holder, first) = family.full_group(ens, waiting=1)
    application_id = family.application_of(group, holder)

    for stranger in (first, Family(holder.child)):
        with pytest.raises(NotFound):
            family.withdraws(Family(holder.child, stranger.guardian), application_id)

    assert family.application(application_id).state == "accepted"


def test_more_places_are_offered_to_those_who_wait(ens: Provider) -> None:
    group, (_, first, second) = family.full_group(ens, waiting=2)
    with store.write() as write:
        write.get(Group, group).places = 2

    family.pass_time(now())

    assert family.application(family.application_of(group, first)).state == "offered"
    assert family.rank(family.application_of(group, second)) == 1


def test_a_newcomer_does_not_pass_those_who_wait(ens: Provider) -> None:
    group, (holder, first) = family.full_group(ens, waiting=1)
    (late,) = family.arrived(ens, 1)
    with store.write() as write:
        place = places_of_application(write, family.application_of(group, holder))[0]
        placing.end_place(write, place, today() + timedelta(days=5), now())

    answer = family.asks(late, group, from_day=today() + timedelta(days=20))

    assert (answer["state"], answer["rank"]) == ("waiting", 2)
    assert first.child.id != late.child.id
