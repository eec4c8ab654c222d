"""Adults who come into a household and are known in another: who finds them, what they see."""

from dataclasses import dataclass
from typing import Any

import pytest

from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import household_adults, safeguarding
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import of
from tests.factories.dossiers.read_log import log_of
from tests.factories.household_adults import Family, family

__all__ = ["family"]


@dataclass(frozen=True)
class Nadia:
    """A mother of another household, with a son."""

    id: str
    son: str
    home: str


@pytest.fixture
def nadia(family: Family) -> Nadia:
    adult = make.guardian("Nadia Benali")
    son = make.child([adult], sections={"identity": make.identity("Sami", "Benali")})
    payload = make.household(son, guardians=[adult], address=make.address())
    ids = family.town.arrives(payload)
    family.town.sent(), family.town.cards(), family.town.homes()
    return Nadia(
        ids.guardians[adult["reference"]], ids.children[son["reference"]], ids.household_id
    )


def offered(family: Family, query: str, agent: str = "", **more: Any) -> list[Any]:
    asked = family.asks(household_adults.find_adults, agent=agent, query=query, **more)
    return [adult["name"] for adult in asked.found]


def test_who_is_known_elsewhere_is_found_and_sees_the_children_of_both_households(
    family: Family, nadia: Nadia
) -> None:
    (found,) = family.asks(household_adults.find_adults, query="nadia bennali").found
    assert (found["id"], found["name"], found["born"]) == (nadia.id, "Nadia Benali", "2019")

    family.adds("Nadia Benali", guardian_id=nadia.id, children=[family.manon])

    assert set(family.children_of(nadia.id)) == {nadia.son, family.manon}
    mine = family.town.ask(contracts.my_children, subject=nadia.id)
    assert set(mine.households) == {nadia.home, family.home}
    (card,) = [card for card in family.town.cards() if card.subject == nadia.id]
    assert {child["id"] for child in card.children} == {nadia.son, family.manon}
    told = of(family.town.sent(), "ens")["family"].content["guardians"]
    assert {"subject": nadia.id, "household": family.home} in told
    assert family.reads(nadia.id, nadia.son) == []


def test_the_holder_of_an_account_is_found_whatever_name_was_typed(
    family: Family, nadia: Nadia
) -> None:
    assert offered(family, "Leïla Haddad") == []
    assert offered(family, "Leïla Haddad", account=nadia.id) == ["Nadia Benali"]


def test_nobody_of_this_household_and_nobody_who_died_is_offered(
    family: Family, nadia: Nadia
) -> None:
    assert offered(family, "Claire Lefèvre") == []
    family.adds("Ginette Benali", home=nadia.home, children=[nadia.son])

    family.buries(nadia.id, home=nadia.home)

    assert offered(family, "Nadia Benali") == []
    assert offered(family, "Ginette Benalli") == ["Ginette Benali"]


def test_who_lives_in_a_protected_home_is_never_offered_nor_confirmed(
    family: Family, nadia: Nadia
) -> None:
    lead = family.town.has_desk_agent("desk_lead")
    family.asks(safeguarding.protect_household, agent=lead, home=nadia.home, **make.paper())

    for agent in (family.agent, lead):
        assert offered(family, "Nadia Benali", agent) == []
        assert offered(family, "Leïla Haddad", agent, account=nadia.id) == []
        assert offered(family, "Leïla Haddad", agent, account=new_id()) == []
        for somebody in (nadia.id, new_id()):
            with pytest.raises(NotFound):
                family.adds("Nadia Benali", agent=agent, guardian_id=somebody)
    family.adds("Nadia Benali")
    assert family.children_of(nadia.id) == [nadia.son]


def test_the_other_parent_of_a_guarded_child_is_offered_to_who_protects_alone(
    family: Family, nadia: Nadia
) -> None:
    family.adds("Samir Benali", home=nadia.home, children=[nadia.son], lives_here=False)
    lead = family.town.has_desk_agent("desk_lead")
    asked = {"guardians": [nadia.id], "children": [], **make.paper()}
    family.asks(safeguarding.protect_household, agent=lead, home=nadia.home, **asked)

    assert offered(family, "Samir Benali") == []
    assert offered(family, "Samir Benali", lead) == ["Samir Benali"]


def test_a_family_reads_that_a_search_showed_it(family: Family, nadia: Nadia) -> None:
    offered(family, "Nadia Benali")

    assert log_of(family.town, nadia.id, nadia.son) == [("front_desk", "dossiers", "names")]
