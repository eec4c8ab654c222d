"""The page of a separation: each mistake in a sentence, and nothing asked before all is said."""

from datetime import date
from typing import Any

import pytest

from shared.contracts.dossier.families import separation
from shared.contracts.errors import BadRequest
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import HOUSEHOLD, Counter, asked_of

MANON, CLAIRE, ANTOINE = new_id(), new_id(), new_id()
PAGE = f"/dossiers/{HOUSEHOLD}/separer"
HOME = {
    "known_since": date(2026, 9, 1),
    "guardians": [
        {"id": CLAIRE, "name": "Claire Lefèvre"}, {"id": ANTOINE, "name": "Antoine Lefèvre"}
    ],
    "children": [
        {
            "child_id": MANON, "first_name": "Manon", "last_name": "Lefèvre",
            "birth_date": date(2018, 5, 3), "elsewhere": False,
        }
    ],
    "separations": [],
}  # fmt: skip
WEEKS = {
    "even": "leaves", "changes_on": "5", "changes_at": "evening", "school_days": "in_turn",
    "holidays": "stays", "summer": "fortnights",
}  # fmt: skip
WHOLE = {
    "guardians": CLAIRE, f"lives-{MANON}": "both", **WEEKS, "reason": "change",
    "holds_from": "2026-11-02", "paper": "guardian_statement", "paper_date": "2026-10-20",
    "sure": "yes",
}  # fmt: skip


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk whose dossier knows a household of two guardians, and an agent of it."""
    counter.callees.answers("dossier", separation.open_for_separation, lambda _request: HOME)
    done = {"separation_id": new_id()}
    counter.callees.answers("dossier", separation.separate_household, lambda _request: done)
    counter.signs_in("dossiers")
    return counter


def test_what_the_agent_says_is_asked_of_the_dossier_once_it_is_whole(desk: Counter) -> None:
    assert desk.desk.sends(PAGE, at=PAGE, **WHOLE).status_code == 303

    request = asked_of(desk, "separate_household")
    assert (request.household_id, request.guardians, request.address) == (HOUSEHOLD, [CLAIRE], None)
    assert request.children == [{"child_id": MANON, "lives": "both"}]
    assert request.weeks == {
        "even": "leaves", "odd": "stays", "changes_on": 5, "changes_at": "evening",
        "school_days": None, "holidays": "stays", "summer": "fortnights",
    }  # fmt: skip
    assert (request.holds_from, request.paper) == (date(2026, 11, 2), "guardian_statement")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"guardians": ""}, "Cochez qui quitte ce foyer.", id="nobody leaves"),
        pytest.param(
            {"guardians": [CLAIRE, ANTOINE]}, "un autre au moins reste.", id="nobody stays"
        ),
        pytest.param(
            {f"lives-{MANON}": ""}, "aucun ne reste sans foyer", id="a child without a home"
        ),
        pytest.param({"even": ""}, "Choisissez une réponse.", id="no weeks"),
        pytest.param(
            {"commune": "Paris"}, "Écrivez l’adresse entière, ou rien.", id="half address"
        ),
        pytest.param({"holds_from": ""}, "Écrivez une date", id="no day"),
        pytest.param({"paper": ""}, "Choisissez la pièce", id="no paper"),
        pytest.param({"sure": ""}, "Cochez cette case", id="not sure"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence_and_what_was_typed_stays(
    desk: Counter, changed: dict[str, Any], sentence: str
) -> None:
    answer = desk.desk.sends(PAGE, at=PAGE, **WHOLE | changed)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert 'value="fortnights" checked' in answer.text
    assert "separate_household" not in [each[1] for each in desk.callees.asked]


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("holds_from", "Ce foyer est connu depuis le 1 septembre 2026"),
        ("weeks", "Chaque semaine est d’un seul foyer"),
        ("lives", "personne n’a l’autorité parentale"),
    ],
)
def test_what_the_dossier_refuses_is_said_at_its_field(
    desk: Counter, field: str, sentence: str
) -> None:
    def refuse(_request: Any) -> Any:
        raise BadRequest(errors={field: ["no"]})

    desk.callees.answers("dossier", separation.separate_household, refuse)

    answer = desk.desk.sends(PAGE, at=PAGE, **WHOLE)

    assert answer.status_code == 422
    assert sentence in answer.text.replace("\u00a0", " ").replace("1er", "1")


def test_who_only_receives_families_finds_no_such_page(counter: Counter) -> None:
    counter.signs_in("counter")

    assert counter.desk.client.get(PAGE).status_code == 404
