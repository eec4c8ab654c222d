"""Erasures that another home, or another holder of authority, has to ask for as well."""

from datetime import date

import pytest
from sqlalchemy import delete

from services.dossier.models import HouseholdGuardian
from services.dossier.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.errors import BadRequest
from shared.dates.clock import today
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.household_adults import Family, family
from tests.factories.request_erasures import (
    asks,
    erases,
    is_known,
    leaves,
    letter,
    office,
    parts,
    sees,
    told,
    two_homes,
)

__all__ = ["family", "office", "told"]


def test_the_other_home_has_to_ask_for_the_same(town: Town, office: str) -> None:
    claire, julien, child_id = two_homes(town)
    request_id = asks(town, claire, child_id)
    assert parts(town, office, request_id)["diet"] == "other_home"
    with pytest.raises(BadRequest):
        erases(town, office, request_id, child_id, "diet")

    assert sees(town, office, request_id)[0]["awaits_other_home"]

    his = asks(town, julien, child_id)
    assert parts(town, office, request_id)["diet"] == ""
    assert not sees(town, office, request_id)[0]["awaits_other_home"]
    town.ask(person_requests.withdraw_my_request, subject=julien, person_request_id=his)
    assert parts(town, office, request_id)["diet"] == "other_home"


def test_what_a_service_was_asked_erases_nothing_of_the_town_and_agrees_to_nothing(
    town: Town, claire: str, told: str, office: str
) -> None:
    assert sees(town, office, asks(town, claire, told, provider="agg")) == []

    hers, his, child_id = two_homes(town, links=["agg"])
    asks(town, his, child_id, provider="agg")
    assert parts(town, office, asks(town, hers, child_id))["diet"] == "other_home"


def test_the_other_home_agrees_by_a_letter_and_by_asking_for_all_its_children(
    town: Town, office: str
) -> None:
    hers, his, child_id = two_homes(town)
    request_id = asks(town, hers, child_id)
    for_all = asks(town, his, None)
    assert parts(town, office, request_id)["diet"] == ""
    town.ask(person_requests.withdraw_my_request, subject=his, person_request_id=for_all)

    noted = letter(town, office, name="Julien Lefèvre")
    assert parts(town, office, request_id)["diet"] == "other_home"
    is_known(town, office, noted, "Julien Lefèvre")
    assert parts(town, office, request_id)["diet"] == ""


def test_of_two_who_answer_in_the_other_home_one_is_enough(town: Town, office: str) -> None:
    mother, father = make.guardian(), make.guardian("Julien Lefèvre")
    partner = make.guardian("Anna Lefèvre")
    child = make.child([mother], links=[], sections={"diet": make.diet()})
    hers = town.arrives(make.household(child, guardians=[mother]))
    there = [father["reference"], partner["reference"]]
    also = {**child, "guardians": there, "sections": {}, "links": []}
    his = town.arrives(make.household(also, guardians=[father, partner]))
    child_id = hers.children[child["reference"]]
    request_id = asks(town, hers.guardians[mother["reference"]], child_id)

    asks(town, his.guardians[father["reference"]], child_id)

    assert parts(town, office, request_id)["diet"] == ""


def test_who_has_a_placed_child_in_care_is_no_home_that_has_to_ask(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    carer = make.guardian("Josiane Carpentier")
    home = town.arrives(make.household(guardians=[carer]))
    placed = {"carer_id": home.guardians[carer["reference"]], "household_id": home.household_id}
    asked = {**placed, "child_id": told, "valid_from": today(), **make.paper()}
    town.at_desk(protection.place_child, **asked)

    assert parts(town, office, asks(town, claire, told))["diet"] == ""


def test_who_agreed_in_the_other_home_reads_what_went_and_of_that_child_alone(
    town: Town, office: str
) -> None:
    hers, his, child_id = two_homes(town)
    request_id, agreed = asks(town, hers, None), asks(town, his, child_id)

    erases(town, office, request_id, child_id, "diet")

    for subject, asked in ((hers, request_id), (his, agreed)):
        found = town.ask(person_requests.read_my_request, subject=subject, person_request_id=asked)
        assert [(act["act"], act["text"]) for act in found.acts][1:] == [
            ("erased", "diet\nManon Lefèvre")
        ]


def test_of_a_protected_home_nothing_is_erased_for_either_parent(town: Town, office: str) -> None:
    """Neither of them would otherwise read a change that the other's home made (rule R9)."""
    claire, julien, child_id = two_homes(town)
    both = [asks(town, claire, child_id), asks(town, julien, child_id)]
    home = town.ask(guardians.my_children, subject=claire).households[0]
    town.at_desk(protection.protect_household, household_id=home, **make.paper())

    for request_id in both:
        assert set(parts(town, office, request_id).values()) == {"guarded"}
        assert sees(town, office, request_id)[0]["awaits_other_home"]
        with pytest.raises(BadRequest):
            erases(town, office, request_id, child_id, "diet")


def test_a_former_pupil_of_age_asks_alone_whatever_homes_it_had(town: Town, office: str) -> None:
    parents = [make.guardian("Ana Ruiz"), make.guardian("Luc Ruiz")]
    grown = {"identity": make.identity("Inès", "Ruiz", "2001-05-04"), "diet": make.diet()}
    child = make.child(parents[:1], links=[], sections=grown)
    ids = town.arrives(make.household(child, guardians=parents[:1]))
    also = {**child, "guardians": [parents[1]["reference"]], "sections": {}}
    town.arrives(make.household(also, guardians=parents[1:]))
    request_id = letter(town, office, name="Inès Ruiz")
    town.at_desk(
        person_requests.identify_person,
        subject=office,
        person_request_id=request_id,
        person="pupil",
        paper="passport",
        name="Inès Ruiz",
        born=date(2001, 5, 4),
    )

    assert parts(town, office, request_id) == {"identity": "accounts", "diet": ""}
    ines = ids.children[child["reference"]]
    assert erases(town, office, request_id, ines, "diet") == ["diet"]


def test_who_has_authority_and_no_home_of_the_child_has_to_ask_too(
    family: Family,
) -> None:
    """Both who hold it decide what is not of every day, wherever they live (art. 372-2)."""
    town, office = family.town, family.town.has_desk_agent("data_protection")
    town.tells(family.mother, family.manon, "diet", make.diet())
    leaves(town, family.mother, family.manon, "ens", "agg")
    lives = (HouseholdGuardian.guardian_id == family.father,)
    with store.write() as write:
        write.execute(delete(HouseholdGuardian).where(*lives))
    hers, his = (asks(town, each, family.manon) for each in (family.mother, family.father))
    town.ask(person_requests.withdraw_my_request, subject=family.father, person_request_id=his)
    assert parts(town, office, hers)["diet"] == "other_home"

    his = asks(town, family.father, family.manon)

    assert parts(town, office, hers)["diet"] == parts(town, office, his)["diet"] == ""
    town.ask(person_requests.withdraw_my_request, subject=family.mother, person_request_id=hers)
    assert parts(town, office, his)["diet"] == "other_home"


def test_who_has_authority_no_home_and_no_account_asks_by_a_letter_that_the_office_notes(
    family: Family,
) -> None:
    town, office = family.town, family.town.has_desk_agent("data_protection")
    town.tells(family.mother, family.manon, "diet", make.diet())
    leaves(town, family.mother, family.manon, "ens", "agg")
    with store.write() as write:
        write.execute(
            delete(HouseholdGuardian).where(HouseholdGuardian.guardian_id == family.father)
        )
    hers = asks(town, family.mother, family.manon)
    assert parts(town, office, hers)["diet"] == "other_home"

    noted = letter(town, office, name="Karim Lefèvre")
    is_known(town, office, noted, "Karim Lefèvre")

    assert parts(town, office, hers)["diet"] == ""
