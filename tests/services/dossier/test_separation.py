"""
Two guardians of one household are separated in the act that protects one of them (rule R9).

Manon and Jules live with both parents. The mother is protected: from then on she has a home of her
own, which the father finds nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town

REFUGE = {"street": "3 Impasse du Refuge", "postcode": "28963", "commune": "Villecachée"}
NUMBER = "06 39 98 77 41"


@dataclass(frozen=True)
class Family:
    """Two parents and two children in one household, with an address and a service."""

    town: Town
    manon: str
    jules: str
    mother: str
    father: str
    home: str
    arrived: Mapping[str, Any]

    def protects(self, *guardians: str, lives: Mapping[str, str] | None = None, **more: Any) -> str:
        """Protect the mother, or who is named; return the protected household."""
        children = [{"child_id": child, "lives": how} for child, how in (lives or {}).items()]
        asked = {"household_id": self.home, "guardians": list(guardians) or [self.mother]}
        answer = self.town.at_desk(
            protection.protect_household, children=children, **asked, **more, **make.paper()
        )
        return str(answer.household_id)

    def addresses(self, who: str, household_id: str) -> list[str]:
        asked = {"household_id": household_id}
        home = self.town.ask(contracts.my_household, subject=who, **asked)
        return [each["street"] for each in home.addresses]

    def homes(self, who: str) -> list[str]:
        return list(self.town.ask(contracts.my_children, subject=who).households)

    def children(self, who: str) -> list[str]:
        card = self.town.ask(contracts.my_children, subject=who)
        return sorted(child["id"] for child in card.children)


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give the family before anybody is protected."""
    with make.opened(database, tmp_path / "register.json") as town:
        mother, father = make.guardian("Mère"), make.guardian("Père")
        manon = make.child([mother, father], links=["ens"])
        brother = {"identity": make.identity("Jules", birth_date="2021-05-06")}
        jules = make.child([mother, father], links=["ens"], sections=brother)
        payload = make.household(
            manon, jules, guardians=[mother, father], address=make.address("2026-01-01")
        )
        ids = town.arrives(payload)
        yield Family(
            town,
            ids.children[manon["reference"]],
            ids.children[jules["reference"]],
            ids.guardians[mother["reference"]],
            ids.guardians[father["reference"]],
            ids.household_id,
            payload,
        )


def test_she_has_a_home_of_her_own_and_he_stays_in_the_one_that_both_know(family: Family) -> None:
    hers = family.protects(address=REFUGE)

    assert (family.homes(family.mother), family.homes(family.father)) == ([hers], [family.home])
    assert family.addresses(family.mother, hers) == [REFUGE["street"], "12 rue des Lilas"]
    assert family.addresses(family.father, family.home) == ["12 rue des Lilas"]
    both = sorted([family.manon, family.jules])
    assert family.children(family.mother) == family.children(family.father) == both
    for who, home in ((family.mother, family.home), (family.father, hers)):
        with pytest.raises(NotFound):
            family.addresses(who, home)


def test_what_she_tells_since_goes_to_the_school_and_not_to_him(family: Family) -> None:
    family.town.tells(family.father, family.manon, "contacts", make.contacts("Mère", "Père"))
    family.protects()
    refuge = {"people": [{"name": "Foyer", "relation": "proche", "phone": NUMBER}]}
    family.town.tells(family.mother, family.manon, "contacts", refuge, 1)

    asked = {"child_id": family.manon, "section": "contacts"}
    his = family.town.ask(contracts.read_section, subject=family.father, **asked)

    assert [each["name"] for each in his.content["people"]] == ["Mère", "Père"]
    core = [sent for sent in family.town.sent() if sent.projection == "care_core"][-1]
    assert [each["phone"] for each in core.content["numbers"]] == [NUMBER]


def test_providers_are_told_both_homes_of_each_child_and_which_of_them_hides(
    family: Family,
) -> None:
    family.town.sent()
    hers = family.protects()

    told = {sent.child_id: sent.content for sent in family.town.sent()}

    assert told.keys() == {family.manon, family.jules}
    for content in told.values():
        assert content["protected"] == [hers]
        assert sorted((each["subject"], each["household"]) for each in content["guardians"]) == (
            sorted([(family.mother, hers), (family.father, family.home)])
        )


def test_billing_is_told_two_households_the_new_one_protected_with_its_own_address(
    family: Family,
) -> None:
    family.town.homes()
    hers = family.protects(address=REFUGE)

    told = {home.household_id: home for home in family.town.homes()}

    assert [each["name"] for each in told[family.home].guardians] == ["Père"]
    assert [each["name"] for each in told[hers].guardians] == ["Mère"]
    assert (told[family.home].protected, told[hers].protected) == (False, True)
    assert [each["street"] for each in told[family.home].addresses] == ["12 rue des Lilas"]
    assert told[hers].addresses[0] == {**REFUGE, "insee": "", "valid_from": today()}
    assert len(told[hers].children) == 2


def test_a_child_lives_where_the_agent_says(family: Family) -> None:
    lives = {family.manon: protection.WITH_WHO_LEAVES, family.jules: protection.WITH_WHO_STAYS}
    family.town.homes()
    hers = family.protects(lives=lives)

    told = {
        home.household_id: [child["child_id"] for child in home.children]
        for home in family.town.homes()
    }

    assert told == {family.home: [family.jules], hers: [family.manon]}
    assert family.children(family.father) == sorted([family.manon, family.jules])


def test_both_parents_are_protected_together_where_both_are_named(family: Family) -> None:
    assert family.protects(family.mother, family.father) == family.home
    assert family.homes(family.mother) == family.homes(family.father) == [family.home]


def test_nobody_is_separated_from_a_home_they_do_not_live_in_or_without_a_child(
    family: Family,
) -> None:
    nobody_follows = dict.fromkeys((family.manon, family.jules), protection.WITH_WHO_STAYS)
    with pytest.raises(BadRequest):
        family.protects(lives=nobody_follows)
    with pytest.raises(BadRequest):
        family.protects(family.manon)
    family.protects()
    with pytest.raises(BadRequest):  # she has left: a second click separates nobody
        family.protects()


def test_the_software_before_brings_nobody_back_into_the_home_they_left(family: Family) -> None:
    hers = family.protects(lives={family.manon: protection.WITH_WHO_LEAVES})

    family.town.arrives(family.arrived)

    assert (family.homes(family.mother), family.homes(family.father)) == ([hers], [family.home])
    family.town.homes()
    family.town.at_desk(protection.lift_protection, household_id=hers)
    (told,) = family.town.homes()
    assert [child["child_id"] for child in told.children] == sorted(
        [family.manon, family.jules], key=[family.manon, family.jules].index
    )
    opened = family.town.at_desk(protection.open_guarded, household_id=family.home)
    assert [child["id"] for child in opened.children] == [family.jules]


def test_when_the_protection_ends_each_keeps_a_home(family: Family) -> None:
    hers = family.protects()

    family.town.at_desk(protection.lift_protection, household_id=hers)

    assert (family.homes(family.mother), family.homes(family.father)) == ([hers], [family.home])
