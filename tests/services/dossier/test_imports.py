"""Households from another software, and the families of the demonstration."""

import pytest
from sqlalchemy import func, select

from deploy.demo.invented.families import read_families
from services.dossier.models import (
    Child,
    Household,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.errors import BadRequest
from tests.factories import dossier as make
from tests.factories.dossier import AGG, ENS, Town


def test_a_household_that_comes_twice_is_one_household(town: Town) -> None:
    one, two = make.guardian(), make.guardian("Karim Lefèvre")
    payload = make.household(
        make.child([one, two], sections={"diet": make.diet()}), guardians=[one, two]
    )

    first = town.arrives(payload)
    sent = len(town.sent())
    again = town.arrives(payload)

    assert first == again
    assert sent == len(ENS) + len(AGG)
    assert town.sent() == []


def test_an_import_does_not_undo_what_a_family_has_told_since(town: Town) -> None:
    one = make.guardian()
    sections = {"diet": make.diet("standard"), "schooling": {"school": "Ferry", "grade": "CP"}}
    payload = make.household(make.child([one], sections=sections), guardians=[one])
    ids = town.arrives(payload)
    claire = ids.guardians[one["reference"]]
    (manon,) = ids.children.values()
    town.tells(claire, manon, "diet", make.diet("vegetarian"), base=1)
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")
    town.sent()

    payload["children"][0]["sections"]["diet"] = make.diet("no_pork")
    payload["children"][0]["sections"]["schooling"] = {"school": "Ferry", "grade": "CE1"}
    town.arrives(payload)

    sent = town.sent()
    diet = town.ask(contracts.read_section, subject=claire, child_id=manon, section="diet")
    assert diet.content["menu"] == "vegetarian"
    assert [(each.provider, each.projection) for each in sent] == [("ens", "schooling")]


def test_a_child_of_two_households_is_one_child_with_two_guardians(town: Town) -> None:
    mother, father = make.guardian(), make.guardian("Paul Lefèvre")
    at_hers = make.child([mother])
    at_his = {**at_hers, "guardians": [father["reference"]], "sections": {}}

    first = town.arrives(make.household(at_hers, guardians=[mother]))
    second = town.arrives(make.household(at_his, guardians=[father]))

    assert first.children == second.children
    for ids, one in ((first, mother), (second, father)):
        mine = town.ask(contracts.my_children, subject=ids.guardians[one["reference"]])
        assert [child["first_name"] for child in mine.children] == ["Manon"]


def test_twins_and_homonyms_born_the_same_day_stay_apart(town: Town) -> None:
    one, other = make.guardian(), make.guardian("Claire Lefèvre")
    twins = [
        make.child([one], sections={"identity": make.identity(name)}) for name in ("Lou", "Lise")
    ]
    ids = town.arrives(make.household(*twins, guardians=[one]))
    homonym = make.child([other], sections={"identity": make.identity("Lou")})
    others = town.arrives(make.household(homonym, guardians=[other]))

    assert len({*ids.children.values(), *others.children.values()}) == 3
    assert {*ids.guardians.values()}.isdisjoint(others.guardians.values())


def test_an_import_with_a_mistake_says_where_and_writes_nothing(town: Town) -> None:
    one = make.guardian()
    wrong = make.child([one], sections={"diet": {"menu": "casher"}})
    stranger = make.child([make.guardian()])

    with pytest.raises(BadRequest) as refusal:
        town.arrives(make.household(wrong, stranger, guardians=[one]))

    errors = refusal.value.detail["errors"]["children"]
    assert errors[wrong["reference"]].keys() == {"diet"}
    assert errors[stranger["reference"]].keys() == {"guardians"}
    assert "casher" not in str(errors)
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Child)) == 0


def test_a_child_without_a_name_and_a_provider_without_a_place_are_refused(town: Town) -> None:
    one = make.guardian()
    nameless = {**make.child([one]), "sections": {}}

    with pytest.raises(BadRequest):
        town.arrives(make.household(nameless, guardians=[one]))
    with pytest.raises(contracts.ProviderUnknown):
        town.arrives(make.household(make.child([one], links=["mdq"]), guardians=[one]))


def test_the_sixty_invented_families_arrive_whole_and_twice_alike(town: Town) -> None:
    told = read_families()

    first = [town.arrives(payload) for payload in told.households]
    sent = town.sent()
    again = [town.arrives(payload) for payload in told.households]

    guardians = {name: one for ids in first for name, one in ids.guardians.items()}
    assert [ids.children for ids in first] == [ids.children for ids in again]
    assert [ids.guardians for ids in first] == [ids.guardians for ids in again]
    assert sum(len(ids.alike) for ids in first) == 1  # two Lucas Morel of one day, in two homes
    assert all(ids.alike == {} for ids in again)
    assert town.sent() == []
    assert {account.guardian for account in told.accounts} <= guardians.keys()
    assert {each.provider for each in sent} == {"ens", "agg"}
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Household)) == 60


def test_claire_starts_with_manon_at_both_providers_and_neither_diet_nor_allergy(
    town: Town,
) -> None:
    told = read_families()
    (account,) = [each for each in told.accounts if each.name == "Claire Lefèvre"]
    for payload in told.households:
        ids = town.arrives(payload)
        if account.guardian in ids.guardians:
            claire = ids.guardians[account.guardian]

    (manon,) = town.ask(contracts.my_children, subject=claire).children
    holdings = town.ask(contracts.who_knows, subject=claire, child_id=manon["id"]).holdings

    assert (manon["first_name"], manon["providers"]) == ("Manon", ["agg", "ens"])
    assert {"diet", "health"} <= set(manon["missing"])
    filled = {each["projection"] for each in holdings if each["filled"]}
    assert filled == {"care_core", "pickup", "schooling", "family"}
