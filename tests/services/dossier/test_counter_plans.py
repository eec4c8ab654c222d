"""Queries of a counter on the dossier read no table of the town from end to end."""

from pathlib import Path

import pytest

from services.dossier.store import store
from shared.contracts.dossier import front_desk as contracts
from shared.contracts.dossier.families import household_adults
from tests.databases import Database, sqlite_in
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.plans import counted, walks

OF_THE_TOWN = {
    *("child", "child_household", "guardian", "household", "household_guardian", "guardianship"),
    *("child_name_word", "guardian_name_word", "section", "link", "projection"),
    *("household_address", "read_log", "child_join"),
}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Give files: SQLite says in a word what it would do, and both have the same indexes."""
    return sqlite_in(tmp_path)


def test_a_search_and_the_household_that_it_finds(town: Town, claire: str) -> None:
    town.arrives(make.household(make.child([one := make.guardian()]), guardians=[one]))
    agent = town.has_desk_agent("counter")
    asked = {"caller": "front_desk", "subject": agent, "of_kind": "agent"}

    with walks(store, OF_THE_TOWN) as walked:
        found = town.ask(contracts.find_dossiers, **asked, query=one["name"]).found
        town.ask(contracts.find_dossiers, **asked, query=f"{one['name']} nearly like it")
        town.ask(contracts.find_dossiers, **asked, query=claire, account=claire)
        town.ask(contracts.open_dossier, **asked, household_id=found[0]["household_id"])

    assert found and walked == {}


def test_adults_who_may_come_into_a_household(town: Town, claire: str) -> None:
    home = town.arrives(make.household(make.child([one := make.guardian()]), guardians=[one]))
    agent = town.has_desk_agent("dossiers")
    asked = {"caller": "front_desk", "subject": agent, "of_kind": "agent"}

    with walks(store, OF_THE_TOWN) as walked:
        town.ask(
            household_adults.find_adults, **asked, household_id=home.household_id, query=one["name"]
        )

    assert walked == {}


@pytest.mark.parametrize(("query", "meant"), [("legof", "Le Goff"), ("noemi zola", "Zola")])
def test_of_many_who_share_a_name_the_one_who_is_meant_is_compared(
    town: Town, query: str, meant: str
) -> None:
    agent = town.has_desk_agent("counter")
    asked = {"caller": "front_desk", "subject": agent, "of_kind": "agent"}
    for last in ("Zola", "Le Goff"):
        one = make.guardian("Anne Martin")
        identity = make.identity("Noémie", last, "2018-05-03")
        child = make.child([one], sections={"identity": identity})
        town.arrives(make.household(child, guardians=[one]))

    found = town.ask(contracts.find_dossiers, **asked, query=query).found

    assert [person["name"] for person in found][:1] == [f"Noémie {meant}"]


def test_where_people_may_be_found_is_asked_once_of_all_who_are_meant(town: Town) -> None:
    agent = town.has_desk_agent("counter")
    asked = {"caller": "front_desk", "subject": agent, "of_kind": "agent"}
    for first in ("Noémie", "Noam"):  # one by near words of both, the other by the family name
        one = make.guardian("Anne Martin")
        identity = make.identity(first, "Zola", "2018-05-03")
        town.arrives(
            make.household(make.child([one], sections={"identity": identity}), guardians=[one])
        )

    with counted(store) as statements:
        found = town.ask(contracts.find_dossiers, **asked, query="noemi zola").found

    assert [person["name"] for person in found] == ["Noémie Zola", "Noam Zola"]
    homes = [each for each in statements if "FROM child_household JOIN child ON" in each]
    assert len([each for each in homes if "child.birth_date" not in each]) == 1
