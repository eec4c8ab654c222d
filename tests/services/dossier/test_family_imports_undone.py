"""Batches of families taken back, on both databases: whole, in part, or kept and said why."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.models import (
    Child,
    Guardian,
    Guardianship,
    Household,
    HouseholdAddress,
    ImportDecision,
    ImportReference,
    SectionHistory,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as dossier_contracts
from shared.contracts.dossier.families import imports as contracts
from shared.contracts.enrolment import attendance
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.family_imports import BATCH, another, brought, decide, ids, outcomes, rows


def undone(town: Town, batch: str = BATCH) -> Any:
    return town.ask(contracts.undo_families, caller="ops", batch=batch)


def test_a_batch_on_which_nothing_was_built_is_taken_back_with_its_keys(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family, another(("Lou", "Petit", "2018-05-06"), "Anne Petit"))
    town.sent()

    answer = undone(town)

    assert (answer.removed, answer.kept, answer.next) == (2, [], "")
    assert rows(Household, Guardian, HouseholdAddress, SectionHistory, ImportReference) == [
        0,
        0,
        0,
        0,
        0,
    ]
    with store.read() as read:
        assert set(read.scalars(select(Child.first_name))) == {None}
    tombstones = town.sent()
    assert {each.content for each in tombstones} == {None}
    assert {each.provider for each in tombstones} == {"ens", "agg"}
    assert undone(town).removed == 0


def test_what_was_taken_back_may_come_again(town: Town, family: dict[str, Any]) -> None:
    brought(town, family)
    undone(town)

    assert outcomes(town, family) == ["new"]
    assert len(ids(town, family)) == 1


def test_a_link_that_was_taken_back_leaves_the_known_child_as_it_was(
    town: Town, family: dict[str, Any]
) -> None:
    family["children"][0]["links"] = ["ens"]
    brought(town, family)
    (manon,) = ids(town, family).values()
    father = another(("Manon", "Lefèvre", "2019-03-02"), "Paul Moreau", links=["agg"])
    brought(town, father, batch="music-2026")
    decide(town, father, same_as=manon)
    brought(town, father, batch="music-2026")
    town.sent()

    answer = undone(town, "music-2026")

    assert (answer.removed, answer.kept) == (1, [])
    assert rows(Child, Guardian, Household, ImportDecision) == [1, 1, 1, 0]
    sent = town.sent()
    assert {each.projection for each in sent if each.provider == "agg"} == make.AGG
    assert all(each.content is None for each in sent if each.provider == "agg")
    with store.read() as read:
        assert read.get(Child, manon).first_name == "Manon"


def built(town: Town, what: str, child_id: str, guardian_id: str) -> None:
    """Build something on an arrival."""
    if what == "edited":
        town.tells(guardian_id, child_id, "pickup", {"people": []}, base=0)
    elif what == "linked":
        town.ask(
            dossier_contracts.close_link, subject=guardian_id, child_id=child_id, provider="agg"
        )
        town.ask(
            dossier_contracts.open_link, subject=guardian_id, child_id=child_id, provider="agg"
        )
    elif what == "read":
        town.read(child_id, projection="diet")
    elif what == "counted":
        town.hear(
            attendance.activity_counted,
            source="enrolment_ens",
            child_id=child_id,
            activity="canteen",
            label="Cantine",
            school_year="2026-2027",
            month="2026-10",
            times=3,
            version=1,
        )


@pytest.mark.parametrize("what", ["edited", "linked", "read", "counted"])
def test_a_family_on_which_something_was_built_is_kept_and_said_why(
    town: Town, family: dict[str, Any], what: str
) -> None:
    brought(town, family, another(("Lou", "Petit", "2018-05-06"), "Anne Petit"))
    (manon,) = ids(town, family).values()
    with store.read() as read:
        claire = read.scalar(select(Guardian.id).where(Guardian.name == "Claire Lefèvre")) or ""
    built(town, what, manon, claire)

    answer = undone(town)

    assert answer.removed == 1
    assert answer.kept == [{"reference": family["reference"], "why": what}]
    assert ids(town, family) == {family["children"][0]["reference"]: manon}


def test_a_family_that_another_batch_joined_is_kept(town: Town, family: dict[str, Any]) -> None:
    brought(town, family)
    same = another(("Manon", "Lefèvre", "2019-03-02"), "Claire Lefèvre", links=["agg"])
    brought(town, same, batch="music-2026")

    assert [each["why"] for each in undone(town).kept] == ["other_batch"]
    assert undone(town, "music-2026").removed == 1
    assert undone(town).removed == 1


def test_a_guardian_who_signs_in_keeps_the_family(town: Town, family: dict[str, Any]) -> None:
    brought(town, family)
    with store.read() as read:
        claire = read.scalar(select(Guardian.id)) or ""
    town.has_account(claire, "Claire Lefèvre", used=True)

    assert [each["why"] for each in undone(town).kept] == ["account"]
    assert town.taken(contracts.guardian_taken_back) == []


def test_where_one_parent_signs_in_the_other_who_was_only_invited_stays_with_the_family(
    town: Town,
) -> None:
    both = [make.guardian("Anne Moreau"), make.guardian("Paul Moreau")]
    brought(town, make.household(make.child(both), guardians=both))
    with store.read() as read:
        ids_by_name = dict(read.execute(select(Guardian.name, Guardian.id)).all())
    town.has_account(ids_by_name["Anne Moreau"], "Anne Moreau", used=True)
    town.has_account(ids_by_name["Paul Moreau"], "Paul Moreau", used=False)

    assert [each["why"] for each in undone(town).kept] == ["account"]
    assert town.taken(contracts.guardian_taken_back) == []
    assert rows(Guardian, Guardianship) == [2, 2]


def test_a_family_that_was_invited_and_never_came_is_taken_back_and_identity_is_told(
    town: Town, family: dict[str, Any]
) -> None:
    other = make.household(
        make.child(
            [paul := make.guardian("Paul Roy")], sections={"identity": make.identity("Tom")}
        ),
        guardians=[paul],
    )
    brought(town, family, other)
    with store.read() as read:
        claire = read.scalar(select(Guardian.id).where(Guardian.name == "Claire Lefèvre")) or ""
    town.has_account(claire, "Claire Lefèvre", used=False)

    answer = undone(town)

    assert (answer.removed, answer.kept) == (2, [])
    (edited,) = town.taken(contracts.guardian_taken_back)
    assert json.loads(edited.body)["guardian_id"] == claire
    assert edited.key.split(".")[1] == "identity"


@pytest.mark.parametrize("built_on", [False, True])
def test_two_homes_of_one_child_are_taken_back_together_or_not_at_all(
    town: Town, family: dict[str, Any], built_on: bool
) -> None:
    father = make.guardian("Paul Lefèvre")
    at_his = {**family["children"][0], "guardians": [father["reference"]]}
    his = make.household(at_his, guardians=[father], address=make.address())
    brought(town, family, his)
    (manon,) = ids(town, family).values()
    if built_on:
        with store.read() as read:
            paul = read.scalar(select(Guardian.id).where(Guardian.name == "Paul Lefèvre")) or ""
        built(town, "edited", manon, paul)

    answer = undone(town)

    assert answer.removed == (0 if built_on else 2)
    assert [each["why"] for each in answer.kept] == (["edited", "edited"] if built_on else [])
    assert rows(Household, Guardian) == ([2, 2] if built_on else [0, 0])


def test_a_large_batch_is_taken_back_some_families_at_a_time(town: Town) -> None:
    families = [
        another((f"Enfant{number}", f"Nom{number}", f"2018-05-{number:02}"), f"Parent{number}")
        for number in range(1, 23)
    ]
    for start in range(0, len(families), contracts.AT_ONCE):
        brought(town, *families[start : start + contracts.AT_ONCE])

    first = undone(town)
    second = town.ask(contracts.undo_families, caller="ops", batch=BATCH, after=first.next)

    assert (first.removed, second.removed, second.next) == (20, 2, "")
