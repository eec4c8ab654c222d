"""With whom a child may leave, as the roll call offers it."""

import pytest

from services.enrolment.attendance.marks.rules.collectors import (
    ALONE,
    PARENT,
    PERSON,
    Collector,
    possible_collectors,
)
from shared.contracts.sections import consents
from shared.json_values import JsonObject

NEIGHBOUR = {"name": "Paul Morel", "relation": "voisin", "phone": ""}
A_PARENT, PAUL, BY_ITSELF = (
    Collector(PARENT),
    Collector(PERSON, "Paul Morel, voisin"),
    Collector(ALONE),
)


def contents(**more: JsonObject) -> dict[str, JsonObject]:
    return {"care_core": {"not_to_hand_over": []}, "pickup": {"people": [NEIGHBOUR]}, **more}


def answered(state: str) -> JsonObject:
    return {"acts": [{"act": "alone", "state": state}]}


def test_a_parent_comes_by_right_before_whom_they_named() -> None:
    assert possible_collectors(contents()) == [A_PARENT, PAUL]


def test_who_must_not_have_the_child_is_never_offered_however_it_is_written() -> None:
    barred = contents(care_core={"not_to_hand_over": ["paul  MOREL"]})

    assert possible_collectors(barred) == [A_PARENT]


@pytest.mark.parametrize(
    ("state", "offered"),
    [(consents.GIVEN, True), (consents.REFUSED, False), (consents.UNSAID, False)],
)
def test_a_child_leaves_alone_where_its_guardians_allow_it(state: str, offered: bool) -> None:
    assert (BY_ITSELF in possible_collectors(contents(consents=answered(state)))) is offered


def test_a_placed_child_leaves_with_who_has_it_in_care_and_no_parent_is_offered() -> None:
    pickup = {"people": [NEIGHBOUR], "in_care_of": ["Josiane Carpentier"]}

    assert possible_collectors(contents(pickup=pickup)) == [
        Collector(PERSON, "Josiane Carpentier"),
        PAUL,
    ]


def test_who_does_not_see_who_may_collect_a_child_is_offered_nobody() -> None:
    seen = contents(consents=answered(consents.GIVEN))
    del seen["pickup"]

    assert possible_collectors(seen) == []
