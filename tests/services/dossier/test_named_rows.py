"""Children and homes that rows of a file name: certain by number and names together, or refused."""

from datetime import date
from typing import Any

from sqlalchemy import select

from services.dossier.models import Guardian, ReadLog
from services.dossier.store import store
from shared.contracts.dossier.families import identification
from shared.contracts.dossier.families import safeguarding as protection
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.family_imports import another, brought, decide, ids

MANON = ("Manon", "Lefèvre", "2019-03-02")


def named(reference: str, first: str, last: str, born: str) -> dict[str, Any]:
    return {
        "reference": reference,
        "first_name": first,
        "last_name": last,
        "birth_date": date.fromisoformat(born),
    }


def children_of(town: Town, *rows: dict[str, Any]) -> list[tuple[str | None, str]]:
    answer = town.ask(identification.identify_children, caller="ops", children=list(rows))
    return [(row["child_id"], row["why"]) for row in answer.children]


def homes_of(town: Town, *rows: tuple[str, str]) -> list[dict[str, Any]]:
    wanted = [{"reference": reference, "adult": adult} for reference, adult in rows]
    return list(town.ask(identification.identify_homes, caller="ops", homes=wanted).homes)


def logged(child_id: str) -> list[str]:
    with store.read() as read:
        wanted = select(ReadLog.projection).where(ReadLog.child_id == child_id)
        return list(read.scalars(wanted.order_by(ReadLog.sequence)))


def test_a_number_is_believed_with_its_names_and_birth_date_and_not_without(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    [(number, manon)] = ids(town, family).items()

    found = children_of(
        town,
        named(number, "MANON", "LEFEVRE", "2019-03-02"),
        named(number, "Léo", "Lefèvre", "2019-03-02"),
        named(number, "Manon", "Lefèvre", "2019-03-03"),
        named("ardoise:404", *MANON),
    )

    refused = (None, "number_taken")
    assert found == [(manon, ""), refused, refused, (None, "unknown")]
    assert logged(manon) == ["arrival"], "operations learned nothing that they had not brought"


def test_without_a_number_names_and_birth_date_are_believed_of_one_child_alone(
    town: Town, family: dict[str, Any]
) -> None:
    homonyms = [another(("Zoé", "Roy", "2018-05-04"), adult) for adult in ("Ana Roy", "Luc Roy")]
    brought(town, family, homonyms[0])
    brought(town, homonyms[1], batch="lutrin")
    decide(town, homonyms[1], None)
    brought(town, homonyms[1], batch="lutrin")
    (manon,) = ids(town, family).values()

    found = children_of(
        town,
        named("", *MANON),
        named("", "Zoé", "Roy", "2018-05-04"),
        named("", "Personne", "Roy", "2018-05-04"),
    )

    assert found == [(manon, ""), (None, "several"), (None, "unknown")]
    assert logged(manon) == ["arrival", "names"]


def test_a_child_of_a_protected_home_is_found_by_its_own_number_and_never_by_names(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    [(number, manon)] = ids(town, family).items()
    home = homes_of(town, (family["reference"], family["guardians"][0]["name"]))[0]["household_id"]
    town.at_desk(protection.protect_household, household_id=home, **make.paper())

    assert children_of(town, named("", *MANON), named(number, *MANON)) == [
        (None, "unknown"),
        (manon, ""),
    ]


def test_a_home_is_believed_with_one_of_its_adults_and_that_adult_is_said(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    adult = family["guardians"][0]["name"]
    with store.read() as read:
        guardian = read.scalars(select(Guardian.id).where(Guardian.name == adult)).one()

    right, other, unknown = homes_of(
        town,
        (family["reference"], adult.upper()),
        (family["reference"], "Jean Inconnu"),
        ("ardoise:404", adult),
    )

    assert right["guardian_id"] == guardian and right["household_id"] and right["why"] == ""
    assert other == {"household_id": None, "guardian_id": None, "why": "number_taken"}
    assert unknown["why"] == "unknown"
