"""Telling once, and the guardian's page: sections, versions, who may write."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.dossier.models import (
    Guardianship,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import AGG, ENS, Town, of


def test_the_first_link_sends_a_provider_all_that_it_is_entitled_to(
    town: Town, claire: str
) -> None:
    sent = town.sent()

    assert of(sent, "ens").keys() == ENS
    assert of(sent, "agg").keys() == AGG
    assert {each.version for each in sent} == {1}


def test_the_canteen_learns_of_the_diet_and_the_sports_club_does_not(
    town: Town, claire: str, manon: str
) -> None:
    answer = town.tells(claire, manon, "diet", make.diet("vegetarian", "egg"))

    (sent,) = town.sent()
    assert answer.recipients == ["ens"]
    assert (sent.provider, sent.projection, sent.version) == ("ens", "diet", 2)
    assert sent.content == {"menu": "vegetarian", "without": ["egg"]}


def test_a_guardian_chooses_among_the_diets_of_the_town_and_nothing_else(
    town: Town, claire: str, manon: str, tmp_path: Path
) -> None:
    halal = {"code": "halal", "label": "Halal"}
    pork = {"code": "no_pork", "label": "Sans porc", "offered": False}
    make.register(tmp_path / "register.json", diets=[halal, pork])

    town.tells(claire, manon, "diet", make.diet("halal"))
    for menu, *foods in (("no_pork",), ("vegetarian",), ("halal", "egg")):
        with pytest.raises(BadRequest) as refused:
            town.tells(claire, manon, "diet", make.diet(menu, *foods), base=1)
        assert set(refused.value.detail["errors"]) == {"without" if foods else "menu"}

    assert of(town.sent(), "ens")["diet"].content == {"menu": "halal", "without": []}


def test_of_a_care_plan_the_sports_club_learns_only_what_to_do(
    town: Town, claire: str, manon: str
) -> None:
    told = make.health("arachide", care_plan=make.care_plan(), remarks="lunettes")

    answer = town.tells(claire, manon, "health", told)

    sent = town.sent()
    assert answer.recipients == ["agg", "ens"]
    assert of(sent, "agg").keys() == {"care_core"}
    assert of(sent, "agg")["care_core"].content["care_plan"] == make.care_plan()
    assert "arachide" not in str(of(sent, "agg"))
    assert of(sent, "ens").keys() == {"care_core", "allergies"}
    assert "lunettes" not in str(sent)


def test_telling_the_same_again_is_dated_and_sends_nothing(
    town: Town, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "diet", make.diet())
    town.sent()

    again = town.tells(claire, manon, "diet", make.diet(), base=1)

    assert (again.version, again.recipients) == (2, [])
    assert town.sent() == []


def test_an_allergy_without_care_plan_does_not_move_the_care_core(
    town: Town, claire: str, manon: str
) -> None:
    answer = town.tells(claire, manon, "health", make.health("arachide"))

    assert answer.recipients == ["ens"]
    assert [each.projection for each in town.sent()] == ["allergies"]


def test_what_was_told_reads_back_and_says_who_told_it(town: Town, claire: str, manon: str) -> None:
    def read() -> Any:
        return town.ask(contracts.read_section, subject=claire, child_id=manon, section="diet")

    before = read()
    town.tells(claire, manon, "diet", make.diet("vegetarian"))
    after = read()

    assert (before.version, before.content, before.changed_by) == (0, {}, "nobody")
    assert (after.version, after.content, after.changed_by) == (
        1,
        {"menu": "vegetarian", "without": []},
        "you",
    )


def test_names_come_from_the_town_and_read_back_as_a_section(
    town: Town, claire: str, manon: str
) -> None:
    read = town.ask(contracts.read_section, subject=claire, child_id=manon, section="identity")

    assert (read.version, read.changed_by) == (1, "town")
    assert read.content == make.identity()


def test_whoever_read_an_older_version_is_told_so(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "diet", make.diet())

    with pytest.raises(Outdated) as refusal:
        town.tells(claire, manon, "diet", make.diet("standard"))

    assert refusal.value.detail == {"version": 1}
    assert len(town.sent()) == 1


def test_a_mistake_is_answered_with_a_sentence_and_nothing_is_stored(
    town: Town, claire: str, manon: str
) -> None:
    with pytest.raises(BadRequest) as refusal:
        town.tells(claire, manon, "diet", {"menu": "halal"})

    assert refusal.value.detail["errors"]["menu"] == ["Choisissez une des réponses proposées."]
    assert "halal" not in str(refusal.value.detail)
    assert town.sent() == []


@pytest.mark.parametrize("section", ["identity", "custody", "schooling"])
def test_a_guardian_does_not_write_what_is_changed_at_a_desk(
    town: Town, claire: str, manon: str, section: str
) -> None:
    with pytest.raises(contracts.SectionNotYours):
        town.tells(claire, manon, section, {})


def test_to_a_stranger_there_is_no_such_child(town: Town, claire: str, manon: str) -> None:
    stranger = make.guardian("Paul Autre")
    ids = town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    asked = {"subject": ids.guardians[stranger["reference"]], "child_id": manon}

    for method, more in (
        (contracts.read_section, {"section": "diet"}),
        (contracts.who_knows, {}),
        (contracts.who_read, {}),
        (contracts.close_link, {"provider": "ens"}),
    ):
        with pytest.raises(NotFound):
            town.ask(method, **asked, **more)


def test_a_guardianship_that_has_ended_opens_nothing(town: Town, claire: str, manon: str) -> None:
    yesterday = today() - timedelta(days=1)
    with store.write() as write:
        write.execute(update(Guardianship).values(valid_from=date(2020, 1, 1), valid_to=yesterday))

    with pytest.raises(NotFound):
        town.ask(contracts.read_section, subject=claire, child_id=manon, section="diet")
    assert town.ask(contracts.my_children, subject=claire).children == []


def test_an_agent_has_no_way_in_by_the_families_door(town: Town, manon: str) -> None:
    with pytest.raises(PermissionError):
        town.ask(contracts.who_read, child_id=manon)


@pytest.mark.both_databases
def test_two_who_write_at_once_leave_one_version_and_one_refusal(
    town: Town, claire: str, manon: str
) -> None:
    outcomes = make.at_once(
        lambda: town.tells(claire, manon, "diet", make.diet("standard")).version,
        lambda: town.tells(claire, manon, "diet", make.diet("vegetarian")).version,
    )

    assert sorted(map(str, outcomes)) == ["1", "outdated"]
    assert [each.version for each in town.sent()] == [2]


def test_a_guardian_finds_the_children_eldest_first_with_what_was_never_told(
    town: Town,
) -> None:
    one = make.guardian()
    louis = make.child(
        [one],
        sections={
            "identity": make.identity("Louis", birth_date="2015-06-01"),
            "schooling": {"school": "Jules-Ferry", "grade": "CM2"},
            "diet": make.diet(),
        },
        links=["agg"],
    )
    ids = town.arrives(make.household(make.child([one]), louis, guardians=[one]))

    mine = town.ask(contracts.my_children, subject=ids.guardians[one["reference"]])

    assert mine.guardian["name"] == "Claire Lefèvre"
    assert [each["first_name"] for each in mine.children] == ["Louis", "Manon"]
    assert [each["school"] for each in mine.children] == ["Jules-Ferry", ""]
    assert [each["providers"] for each in mine.children] == [["agg"], ["agg", "ens"]]
    assert mine.children[0]["missing"] == ["contacts", "pickup", "health", "swimming"]
    assert mine.children[1]["missing"] == ["contacts", "pickup", "diet", "health", "swimming"]


def test_somebody_who_answers_for_no_child_here_has_no_page(town: Town) -> None:
    with pytest.raises(NotFound):
        town.ask(contracts.my_children, subject=new_id())
