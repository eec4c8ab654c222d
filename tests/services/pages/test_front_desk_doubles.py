"""The pages of doubles: a list, two files side by side, joined and taken apart with a paper."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.portal_gateway.front_desk.pages.duplicate_children.forms import OBSTACLES
from shared.contracts.dossier import front_desk
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.errors import BadRequest, NotFound
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import HOUSEHOLD, Counter, asked_of, opened

MOMENT = datetime(2026, 10, 21, 8, tzinfo=UTC)
HERS, HIS, JOIN, CHILD = new_id(), new_id(), new_id(), new_id()
PAGE, SWAPPED = f"/doublons/{HERS}/{HIS}", f"/doublons/{HIS}/{HERS}"
PART = f"/doublons/reunis/{JOIN}/separer"
KEPT = {
    "child_id": HERS, "first_name": "Jean-Luc", "last_name": "Petit",
    "birth_date": date(2019, 3, 2), "guardians": ["Nadia Petit"], "homes": [["Nadia Petit"]],
}  # fmt: skip
OTHER = {**KEPT, "child_id": HIS, "first_name": "Jeanluc", "guardians": ["Marc Petit"]}
PAIR: dict[str, Any] = {
    "kept": KEPT, "other": OTHER, "kept_school": "", "other_school": "Jules-Ferry, CP",
    "sections": [
        {"section": "diet", "kept_on": date(2026, 9, 1), "other_on": date(2026, 10, 1),
         "differs": True},
        {"section": "schooling", "kept_on": None, "other_on": date(2026, 9, 1), "differs": False},
    ],
    "alike": ["same_birth", "near_first_name"], "twins": False, "obstacle": "",
}  # fmt: skip
ROW = {
    "join_id": JOIN, "kept_id": HERS, "other_id": HIS, "first_name": "Jean-Luc",
    "last_name": "Petit", "birth_date": date(2019, 3, 2), "homes": [["Nadia Petit"]],
    "joined_at": MOMENT, "joined_by": new_id(), "parted_at": None, "parted_by": None,
    "receipts": [{"provider": "ens", "received": True}, {"provider": "agg", "received": False}],
}  # fmt: skip
WHOLE = {
    "of-diet": "newer", "paper": "birth_certificate", "paper_date": "2026-10-20", "sure": "yes"
}  # fmt: skip
PARTING = {"later": "kept", "paper": "family_book", "paper_date": "2026-10-20", "sure": "yes"}


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk whose dossier knows a pair and a join, and an agent who joins."""
    pairs = {"doubles": [{"one": KEPT, "other": OTHER, "alike": PAIR["alike"]}], "more": False}
    answers = counter.callees.answers
    answers("dossier", contracts.possible_doubles, lambda _request: pairs)
    answers("dossier", contracts.list_joins, lambda _request: {"joins": [ROW]})
    answers("dossier", contracts.compare_files, lambda _request: PAIR)
    for method in (contracts.join_files, contracts.part_files):
        answers("dossier", method, lambda _request: {"join_id": JOIN})
    counter.signs_in("dossiers")
    return counter


def plain(text: str) -> str:
    """Return a page with plain blanks where French typography has others."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def seen(desk: Counter, path: str) -> str:
    answer = desk.desk.client.get(path)
    assert answer.status_code == 200
    return plain(answer.text)


def test_the_list_says_what_is_alike_and_who_has_taken_a_join_in(desk: Counter) -> None:
    page = seen(desk, "/doublons")

    assert "prénom presque pareil" in page and PAGE in page
    assert "reçu" in page and "en route" in page and PART in page


def test_two_files_stand_side_by_side_and_either_may_stay(desk: Counter) -> None:
    page = seen(desk, PAGE)

    assert "Jules-Ferry, CP" in page and "Marc Petit" in page and SWAPPED in page


def test_what_the_agent_says_is_asked_of_the_dossier_once_it_is_whole(desk: Counter) -> None:
    assert desk.desk.sends(PAGE, at=PAGE, **WHOLE).status_code == 303

    request = asked_of(desk, "join_files")
    assert (request.kept_id, request.other_id) == (HERS, HIS)
    assert request.taken == [{"section": "diet", "side": "other"}]  # told on the later day
    assert (request.paper, request.paper_date) == ("birth_certificate", date(2026, 10, 20))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"of-diet": ""}, "Dites quelle réponse reste.", id="no answer chosen"),
        pytest.param({"paper": ""}, "Choisissez la pièce", id="no paper"),
        pytest.param({"paper_date": ""}, "Écrivez une date", id="no day"),
        pytest.param({"sure": ""}, "Cochez cette case", id="not sure"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence_and_nothing_is_joined(
    desk: Counter, changed: dict[str, Any], sentence: str
) -> None:
    answer = desk.desk.sends(PAGE, at=PAGE, **WHOLE | changed)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert "join_files" not in [each[1] for each in desk.callees.asked]


@pytest.mark.parametrize("why", contracts.OBSTACLES)
def test_what_cannot_be_joined_is_said_in_a_sentence_of_its_own(desk: Counter, why: str) -> None:
    def refuse(_request: Any) -> Any:
        raise contracts.CannotJoin(why=why)

    desk.callees.answers("dossier", contracts.join_files, refuse)
    refused = desk.desk.sends(PAGE, at=PAGE, **WHOLE)
    assert (refused.status_code, str(OBSTACLES[why]) in plain(refused.text)) == (422, True)

    desk.callees.answers("dossier", contracts.compare_files, lambda _r: PAIR | {"obstacle": why})
    page = seen(desk, PAGE)
    assert str(OBSTACLES[why]) in page and "je réunis" not in page


def test_possible_twins_are_warned_of_and_need_a_word_of_their_own(desk: Counter) -> None:
    desk.callees.answers("dossier", contracts.compare_files, lambda _r: PAIR | {"twins": True})

    assert "des jumeaux ?" in seen(desk, PAGE)
    assert desk.desk.sends(PAGE, at=PAGE, **WHOLE).status_code == 422
    assert desk.desk.sends(PAGE, at=PAGE, **WHOLE, not_twins="yes").status_code == 303
    assert asked_of(desk, "join_files").not_twins


def test_a_file_that_changed_meanwhile_or_a_paper_to_come_is_said(desk: Counter) -> None:
    def refuse(_request: Any) -> Any:
        raise BadRequest(errors={"taken": ["diet"], "paper_date": ["to come"]})

    desk.callees.answers("dossier", contracts.join_files, refuse)

    answer = desk.desk.sends(PAGE, at=PAGE, **WHOLE)

    assert "vient de changer" in answer.text and "datée d’un jour à venir" in answer.text


def test_two_children_are_noted_as_such_with_one_button(desk: Counter) -> None:
    desk.callees.answers("dossier", contracts.note_different, lambda _request: {})

    answer = desk.desk.sends(f"{PAGE}/deux-enfants", at=PAGE)

    assert answer.status_code == 303
    assert asked_of(desk, "note_different").other_id == HIS
    assert "Ces deux dossiers ne sont plus proposés." in seen(desk, "/doublons")


def test_taking_apart_names_the_file_to_which_goes_what_came_since(desk: Counter) -> None:
    left = desk.desk.sends(PART, at=PART, **PARTING | {"later": ""})
    assert (left.status_code, "Dites à quel dossier" in left.text) == (422, True)

    assert desk.desk.sends(PART, at=PART, **PARTING).status_code == 303
    request = asked_of(desk, "part_files")
    assert (request.join_id, request.later) == (JOIN, "kept")


def test_a_pair_that_is_not_there_and_a_join_that_ended_are_not_found(desk: Counter) -> None:
    def missing(_request: Any) -> Any:
        raise NotFound

    desk.callees.answers("dossier", contracts.compare_files, missing)
    ended = {"joins": [ROW | {"parted_at": MOMENT, "parted_by": new_id()}]}
    desk.callees.answers("dossier", contracts.list_joins, lambda _request: ended)

    assert desk.desk.client.get(PAGE).status_code == 404
    assert desk.desk.client.get(PART).status_code == 404


@pytest.mark.parametrize("role", ["counter", "data_protection"])
def test_who_does_not_join_finds_no_such_page(counter: Counter, role: str) -> None:
    counter.signs_in(role)

    for address in ("/doublons", PAGE, PART):
        assert counter.desk.client.get(address).status_code == 404


def test_another_file_that_no_likeness_proposed_is_found_by_its_name(desk: Counter) -> None:
    people = [
        {"household_id": HOUSEHOLD, "child_id": each, "name": name, "born": born,
         "insee": "", "guardians": []}
        for each, name, born in (
            (CHILD, "Ana Lefèvre", "2019-03-02"),
            (HIS, "Anastasia Le Fevre", "2019-03-02"),
            (HIS, "Anastasia Le Fevre", "2019-03-02"),
            (None, "Claire Lefèvre", "2019"),
        )
    ]  # fmt: skip
    found = {"found": people, "more": False}
    home = opened(None)
    home["children"][0]["id"] = CHILD
    desk.callees.answers("dossier", front_desk.find_dossiers, lambda _request: found)
    desk.callees.answers("dossier", front_desk.open_dossier, lambda _request: home)
    page = f"/dossiers/{HOUSEHOLD}/enfants/{CHILD}/doublon"
    assert page in seen(desk, f"/dossiers/{HOUSEHOLD}")

    answer = desk.desk.sends(page, at=page, name="le fevre")

    assert asked_of(desk, "find_dossiers").query == "le fevre"
    assert answer.text.count(f"/doublons/{CHILD}/{HIS}") == 1  # a child of two homes stands once
    assert f"/doublons/{CHILD}/{CHILD}" not in answer.text and "1 autre enfant" in plain(
        answer.text
    )
    assert desk.desk.sends(page, at=page, name="l").status_code == 422
    desk.desk.sees(f"/dossiers/{HOUSEHOLD}/enfants/{HIS}/doublon", status=404)
