"""Rule test 6: twins are never proposed for merge, and are told apart on every list."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.enrolment.children.rules import distinct_names as naming
from services.enrolment.children.rules.distinct_names import display_names
from shared.contracts.dossier import guardians as contracts
from shared.text.child_likeness import Named, could_be_one_child
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town

BORN = date(2020, 11, 8)
HOME, OTHER_HOME = frozenset(["home"]), frozenset(["other home"])


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give the dossier of the demo town on a fresh database."""
    with make.opened(database, tmp_path / "register.json") as opened:
        yield opened


def named(
    first_name: str = "Lou", last_name: str = "Garnier", home: frozenset[str] = HOME
) -> Named:
    return Named(first_name, last_name, BORN, home)


def test_twins_with_the_same_initials_and_birth_date_are_never_merged_and_told_apart_on_every_list(
    town: Town,
) -> None:
    """Rule test 6, by name."""
    one = make.guardian("Hélène Garnier")
    names = [("Lou", "Garnier"), ("Lise", "Garnier")]
    twins = [
        make.child([one], sections={"identity": make.identity(*name, BORN.isoformat())})
        for name in names
    ]

    ids = town.arrives(make.household(*twins, guardians=[one]))

    children = list(ids.children.values())
    assert ids.alike == {}
    assert len(set(children)) == 2
    listed = display_names(
        naming.Named(child_id, *name, BORN) for child_id, name in zip(children, names, strict=True)
    )
    assert list(listed.values()) == ["Lou Garnier", "Lise Garnier"]


def test_two_who_have_even_their_names_in_common_are_told_apart_on_a_list() -> None:
    lucas = [naming.Named(child_id, "Lucas", "Morel", BORN) for child_id in ("one", "two")]

    assert len(set(display_names(lucas).values())) == 2


def test_of_twins_who_come_from_two_softwares_neither_is_taken_for_the_other(town: Town) -> None:
    mother, father = make.guardian("Hélène Garnier"), make.guardian("Sylvestre Garnier")
    lou = make.child([mother], sections={"identity": make.identity("Lou", "Garnier")})
    lise = make.child([father], sections={"identity": make.identity("Lise", "Garnier")})

    town.arrives(make.household(lou, guardians=[mother]))
    answer = town.arrives(make.household(lise, guardians=[father]))

    assert answer.alike == {}


def test_twins_are_told_apart_on_the_card_of_their_guardian(town: Town) -> None:
    one = make.guardian()
    twins = [
        make.child([one], sections={"identity": make.identity(name, "Keïta")})
        for name in ("Mamadou", "Moussa")
    ]
    ids = town.arrives(make.household(*twins, guardians=[one]))

    answer = town.ask(contracts.my_children, subject=ids.guardians[one["reference"]])

    assert [child["first_name"] for child in answer.children] == ["Mamadou", "Moussa"]
    assert len({child["id"] for child in answer.children}) == 2


def test_a_child_that_comes_again_under_another_number_is_reported_and_not_merged(
    town: Town,
) -> None:
    mother, father = make.guardian(), make.guardian("Frédéric Lemaître")
    zelie = make.child([mother], sections={"identity": make.identity("Zélie", "Lemaître")})
    again = make.child([father], sections={"identity": make.identity("ZELIE", "VASSEUR-LEMAITRE")})

    first = town.arrives(make.household(zelie, guardians=[mother]))
    second = town.arrives(make.household(again, guardians=[father]))

    (known,) = first.children.values()
    assert second.alike == {again["reference"]: [known]}
    assert known not in second.children.values()


def test_two_children_of_one_household_are_two_even_with_one_name() -> None:
    assert not could_be_one_child(named(), named())
    assert could_be_one_child(named(), named(home=OTHER_HOME))


@pytest.mark.parametrize("other", ["Lise", "Lou-Anne", "L."])
def test_another_first_name_is_another_child(other: str) -> None:
    assert not could_be_one_child(named(), named(other, home=OTHER_HOME))


@pytest.mark.parametrize("other", ["GARNIER", "Garnier-Roux", "garnier", "Gârnier"])
def test_one_child_is_written_in_many_ways(other: str) -> None:
    assert could_be_one_child(named(), named(last_name=other, home=OTHER_HOME))


def test_another_birth_date_is_another_child() -> None:
    later = Named("Lou", "Garnier", date(2020, 11, 9), OTHER_HOME)

    assert not could_be_one_child(named(), later)
