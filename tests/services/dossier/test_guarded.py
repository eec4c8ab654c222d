"""Guarded dossiers: households out of the search, found by agents who protect."""

from typing import Any

import pytest
from sqlalchemy import insert

from services.dossier.models import (
    Guardian,
    GuardianCard,
    Household,
    HouseholdGuardian,
    HouseholdVersion,
    ProtectedHousehold,
)
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as guarded
from shared.contracts.dossier.families import safeguarding as placements
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.dossier.families import safeguarding as record_holds
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.travelling import pages
from tests.night import size

PUBLISHED = {"version": 1, "digest": "0" * 64}


@pytest.fixture
def lead(town: Town) -> str:
    """Give an agent who may protect."""
    return town.has_desk_agent("desk_lead")


@pytest.fixture
def home(town: Town, claire: str) -> str:
    """Give Claire's household."""
    return str(town.ask(contracts.my_children, subject=claire).households[0])


def listed(town: Town, lead: str) -> list[dict[str, Any]]:
    return list(town.at_desk(guarded.guarded_dossiers, subject=lead).found)


def opened(town: Town, lead: str, home: str) -> Any:
    return town.at_desk(guarded.open_guarded, subject=lead, household_id=home)


def test_a_protected_household_is_found_by_who_protects_and_the_family_reads_of_it(
    town: Town, claire: str, manon: str, lead: str, home: str
) -> None:
    assert listed(town, lead) == []

    town.at_desk(protection.protect_household, subject=lead, household_id=home, **make.paper())
    (line,) = listed(town, lead)
    page = opened(town, lead, line["household_id"])

    assert (line["protected"], line["held_by"], page.protected) == (True, [], True)
    reads = town.ask(contracts.who_read, subject=claire, child_id=manon).reads
    assert sorted(read["projection"] for read in reads) == ["household", "names"]
    town.at_desk(protection.lift_protection, subject=lead, household_id=home)
    assert listed(town, lead) == []


def test_many_protected_households_are_all_found_page_by_page(town: Town, lead: str) -> None:
    homes = {new_id() for _ in range(size(150, at_night=1_000))}
    long_name = "Marie-Charlotte-Wilhelmine-Anne-Élisabeth de La Rochefoucauld de Montmorency"
    _protected(homes, long_name)

    found_pages = pages(
        lambda **asked: town.at_desk(guarded.guarded_dossiers, subject=lead, **asked)
    )

    found = [line for page in found_pages for line in page.found]
    assert len(found_pages) == len(homes) / 50 and len(found) == len(homes)
    assert {line["household_id"] for line in found} == homes
    assert all(line["guardians"] == [long_name] * 2 for line in found)


def _protected(homes: set[str], name: str) -> None:
    adults = [(home, new_id()) for home in sorted(homes) for _ in range(2)]
    once = {"paper": "plainte", "paper_date": today(), "recorded_by": new_id(), "since": now()}
    with store.write() as write:
        write.execute(
            insert(Household),
            [{"id": home, "reference": home, "created_at": now()} for home in homes],
        )
        write.execute(
            insert(Guardian), [{"id": one, "reference": one, "name": name} for _, one in adults]
        )
        for _, one in adults:
            index_guardian_name(write, one, name)
        write.execute(
            insert(HouseholdGuardian),
            [{"household_id": home, "guardian_id": one} for home, one in adults],
        )
        write.execute(
            insert(ProtectedHousehold),
            [{"id": new_id(), "household_id": home, **once} for home in homes],
        )
        write.execute(
            insert(HouseholdVersion), [{"household_id": home, **PUBLISHED} for home in homes]
        )
        write.execute(
            insert(GuardianCard), [{"guardian_id": one, **PUBLISHED} for _, one in adults]
        )


def test_every_protection_stays_with_its_paper_and_who_lifted_it(
    town: Town, manon: str, lead: str, home: str
) -> None:
    colleague = town.has_desk_agent("desk_lead")
    asked = {"household_id": home}
    town.at_desk(protection.protect_household, subject=lead, **asked, **make.paper())
    town.at_desk(protection.lift_protection, subject=colleague, **asked)
    other = {"paper": "plainte", "paper_date": today()}
    town.at_desk(protection.protect_household, subject=colleague, **asked, **other)

    latest, first = opened(town, lead, home).protections

    assert (first["recorded_by"], first["lifted_by"], first["paper"]) == (
        lead,
        colleague,
        "jugement",
    )
    assert (latest["recorded_by"], latest["lifted_at"], latest["paper"]) == (
        colleague,
        None,
        "plainte",
    )


def test_a_held_file_is_let_go_by_its_holder_alone_and_passes_to_who_may_hold(
    town: Town, manon: str, lead: str, home: str
) -> None:
    colleague = town.has_desk_agent("desk_lead")
    town.at_desk(record_holds.hold_file, subject=lead, child_id=manon, held_by=lead)
    assert listed(town, colleague)[0]["held_by"] == [lead]

    with pytest.raises(NotFound):
        town.at_desk(record_holds.release_file, subject=colleague, child_id=manon)
    with pytest.raises(BadRequest):
        counter = town.has_desk_agent("counter")
        town.at_desk(record_holds.hold_file, subject=lead, child_id=manon, held_by=counter)
    town.at_desk(record_holds.hold_file, subject=lead, child_id=manon, held_by=colleague)

    assert opened(town, lead, home).children[0]["held_by"] == colleague
    town.at_desk(record_holds.release_file, subject=colleague, child_id=manon)


def test_a_carer_whom_nobody_knows_gets_a_household_and_is_found_for_the_next_child(
    town: Town, manon: str, lead: str, home: str
) -> None:
    asked = {"child_id": manon, "valid_from": today(), **make.paper()}
    placed = town.at_desk(
        placements.place_child, subject=lead, carer_name="Josiane Carpentier", **asked
    )

    (found,) = town.at_desk(placements.find_carers, subject=lead, query="carpantier").found
    assert found["guardian_id"] == placed.carer_id
    (claire,) = town.at_desk(placements.find_carers, subject=lead, query="claire lefèvre").found
    assert (found["born"], claire["born"]) == ("", "2019")
    (carer,) = opened(town, lead, home).children[0]["carers"]
    assert (carer["name"], carer["valid_to"]) == ("Josiane Carpentier", None)
    assert len(town.ask(contracts.my_children, subject=placed.carer_id).children) == 1
    with pytest.raises(BadRequest):
        town.at_desk(placements.place_child, subject=lead, **asked)


def test_who_receives_at_the_counter_may_do_none_of_it(
    town: Town, claire: str, manon: str, home: str
) -> None:
    counter = town.has_desk_agent("counter")
    asked: list[tuple[Any, dict[str, Any]]] = [
        (guarded.guarded_dossiers, {}),
        (guarded.open_guarded, {"household_id": home}),
        (protection.protect_household, {"household_id": home, **make.paper()}),
        (protection.lift_protection, {"household_id": home}),
        (placements.find_carers, {"query": "claire"}),
        (record_holds.hold_file, {"child_id": manon, "held_by": counter}),
        (record_holds.release_file, {"child_id": manon}),
    ]

    for method, payload in asked:
        for agent in (counter, new_id()):
            with pytest.raises(PermissionError):
                town.at_desk(method, subject=agent, **payload)
