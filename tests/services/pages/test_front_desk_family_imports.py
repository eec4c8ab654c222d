"""The front desk's page of children who could be known already: seen beside them, and settled."""

from datetime import date
from typing import Any

import pytest

from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter

MANON = new_id()
PAGE = "/reprises"
WAITING: dict[str, Any] = {
    "child": "ardoise:52",
    "family": "ardoise:1042",
    "candidates": [
        {
            "child_id": MANON,
            "score": 96,
            "first_name": "Manon",
            "last_name": "Lefèvre",
            "birth_date": date(2019, 3, 2),
            "guardians": ["Claire Lefèvre"],
        }
    ],
}


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk whose dossier has one child that waits."""
    answers: list[tuple[Any, Any]] = [
        (family_imports.doubtful_arrivals, {"children": [WAITING]}),
        (family_imports.resolve_arrival, {}),
    ]
    for method, answer in answers:
        counter.callees.answers("dossier", method, lambda _request, given=answer: given)
    return counter


def asked(desk: Counter) -> list[Any]:
    return [each for _, name, _, each in desk.callees.asked if name == "resolve_arrival"]


def test_who_checks_dossiers_sees_who_waits_beside_whom_it_could_be(desk: Counter) -> None:
    desk.signs_in("counter")

    page = desk.desk.sees(PAGE)

    for shown in (
        "Enfant n° 52",
        "fichier « ardoise »",
        "Oui : Manon Lefèvre",
        "ressemblance 96 sur 100",
    ):
        assert shown in page, shown
    assert "Claire Lefèvre" in page and "Non, un autre enfant" in page


def test_an_agent_says_that_it_is_the_same_child_or_another(desk: Counter) -> None:
    desk.signs_in("counter")

    same = desk.desk.sends(PAGE, at=PAGE, child="ardoise:52", same_as=MANON)
    other = desk.desk.sends(PAGE, at=PAGE, child="ardoise:52", same_as="another")

    assert (same.status_code, other.status_code) == (303, 303)
    assert [(each.child, each.same_as) for each in asked(desk)] == [
        ("ardoise:52", MANON),
        ("ardoise:52", None),
    ]
    assert "C’est noté." in desk.desk.sees(PAGE)


def test_without_a_choice_nothing_is_asked(desk: Counter) -> None:
    desk.signs_in("counter")

    answer = desk.desk.sends(PAGE, at=PAGE, child="ardoise:52")

    assert answer.status_code == 422
    assert "Choisissez une des réponses proposées." in answer.text
    assert asked(desk) == []


def test_who_waits_no_more_is_said(desk: Counter) -> None:
    desk.signs_in("counter")
    desk.callees.answers("dossier", family_imports.resolve_arrival, NotFound())

    assert desk.desk.sends(PAGE, at=PAGE, child="ardoise:52", same_as=MANON).status_code == 303
    assert "Cet enfant n’attend plus." in desk.desk.sees(PAGE)


def test_whoever_only_administers_does_not_find_the_page(desk: Counter) -> None:
    desk.signs_in("administrator")

    assert desk.desk.client.get(PAGE).status_code == 404
