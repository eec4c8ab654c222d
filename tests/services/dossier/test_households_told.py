"""Addresses of households, and their publication to billing: whole, and of its own alone."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from services.dossier.data_protection.retention import commands as retention
from services.dossier.models import (
    Guardianship,
    Household,
    HouseholdAddress,
    HouseholdGuardian,
    HouseholdVersion,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.streams.commands import replica_reconciliation
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.store import store, vault
from shared.contracts.dossier import guardians as contracts
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.database import Unreadable
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town, at_once


@pytest.fixture
def payload() -> dict[str, Any]:
    """Give Claire's household with Manon, as it is imported, in the demo town since September."""
    one = make.guardian()
    return make.household(make.child([one]), guardians=[one], address=make.address())


@pytest.fixture
def claire(town: Town, payload: dict[str, Any]) -> str:
    return str(town.arrives(payload).guardians[payload["guardians"][0]["reference"]])


@pytest.fixture
def home(town: Town, claire: str) -> str:
    (household_id,) = town.ask(contracts.my_children, subject=claire).households
    return str(household_id)


def only(town: Town) -> SimpleNamespace:
    (told,) = town.homes()
    return told


def moves(town: Town, subject: str, home: str, valid_from: date, **more: Any) -> Any:
    """Let a guardian say the next address, as the page does that read the household before."""
    known = town.ask(contracts.my_household, subject=subject, household_id=home)
    return town.ask(
        contracts.move_household,
        subject=subject,
        household_id=home,
        base_version=more.pop("base_version", known.version),
        **make.address(valid_from.isoformat(), **more),
    )


def erase(child_id: str) -> None:
    with store.write() as write:
        erased = retention.erase_due_sections(write, store.register, [child_id], later(2_000))
    retention.shred_keys(erased)


def later(days: int) -> Instant:
    return Instant(now() + timedelta(days=days), today() + timedelta(days=days))


def leaves_all(town: Town, claire: str, child_id: str) -> None:
    for provider in ("ens", "agg"):
        town.ask(contracts.close_link, subject=claire, child_id=child_id, provider=provider)


# --- What is told ---


def test_a_household_that_arrives_is_told_with_what_a_bill_needs_and_no_section(
    town: Town, claire: str, home: str
) -> None:
    told = only(town)

    assert (told.household_id, told.version) == (home, 1)
    assert told.guardians == [{"subject": claire, "name": "Claire Lefèvre"}]
    assert told.addresses == [make.address()]
    (manon,) = told.children
    assert (manon["first_name"], manon["last_name"]) == ("Manon", "Lefèvre")
    assert manon["birth_date"] == date(2019, 3, 2)


def test_an_import_that_comes_again_tells_nothing_new(
    town: Town, claire: str, payload: dict[str, Any]
) -> None:
    town.homes()

    town.arrives(payload)

    assert town.homes() == []


def test_a_name_that_an_import_corrects_is_told_to_both_households_of_the_child(town: Town) -> None:
    mother, father = make.guardian(), make.guardian("Paul Lefèvre")
    at_hers = make.child([mother])
    first = make.household(at_hers, guardians=[mother])
    town.arrives(first)
    town.arrives(
        make.household(
            {**at_hers, "guardians": [father["reference"]], "sections": {}}, guardians=[father]
        )
    )
    town.homes()

    first["children"][0]["sections"]["identity"] = make.identity("Manon-Lou")
    town.arrives(first)

    told = town.homes()
    assert [len(each.guardians) for each in told] == [1, 1]
    assert [each.children[0]["first_name"] for each in told] == ["Manon-Lou"] * 2
    assert len({each.household_id for each in told}) == 2


def test_what_a_family_tells_of_health_tells_billing_nothing(
    town: Town, claire: str, home: str
) -> None:
    child_id = only(town).children[0]["child_id"]

    town.tells(claire, child_id, "health", make.health("arachide"))

    assert town.homes() == []


def test_households_that_came_before_are_told_by_and_by(town: Town, claire: str, home: str) -> None:
    town.homes()
    with store.write() as write:
        write.execute(delete(HouseholdVersion))

    town.service.publish_missing_households()

    assert only(town).household_id == home
    town.service.publish_missing_households()
    assert town.homes() == []


# --- Moving ---


def test_a_guardian_says_the_new_address_once_and_the_old_one_stays_before_it(
    town: Town, claire: str, home: str
) -> None:
    town.homes()

    answer = moves(town, claire, home, today(), street="3 place du Marché")

    told = only(town)
    assert (told.version, answer.version) == (2, 2)
    assert [each["street"] for each in told.addresses] == ["3 place du Marché", "12 rue des Lilas"]
    known = town.ask(contracts.my_household, subject=claire, household_id=home)
    assert (known.version, known.addresses) == (2, told.addresses)


def test_the_same_day_again_corrects_it(town: Town, claire: str, home: str) -> None:
    moves(town, claire, home, today(), street="3 place du Marhcé")
    moves(town, claire, home, today(), street="3 place du Marché")

    streets = [each["street"] for each in town.homes()[-1].addresses]
    assert streets == ["3 place du Marché", "12 rue des Lilas"]


def test_a_commune_of_the_town_is_called_as_the_town_file_calls_it(
    town: Town, claire: str, home: str
) -> None:
    moves(town, claire, home, today(), insee="28902", commune="aubeval")
    moves(town, claire, home, today() + timedelta(days=1), insee="", commune="Ailleurs")

    addresses = town.homes()[-1].addresses
    assert [each["commune"] for each in addresses[:2]] == ["Ailleurs", "Aubeval"]


@pytest.mark.both_databases
def test_two_guardians_who_move_at_once_do_not_undo_each_other(
    town: Town, claire: str, home: str
) -> None:
    moves(town, claire, home, today())

    with pytest.raises(Outdated) as refusal:
        moves(town, claire, home, today(), base_version=1)

    assert refusal.value.detail == {"version": 2}


@pytest.mark.both_databases
def test_of_two_clicks_in_one_moment_one_is_told(town: Town, claire: str, home: str) -> None:
    town.homes()

    def click(street: str) -> Callable[[], Any]:
        return lambda: moves(town, claire, home, today(), base_version=1, street=street)

    outcomes = at_once(click("1 rue A"), click("2 rue B"))

    assert sorted(isinstance(each, Outdated) for each in outcomes) == [False, True]
    assert only(town).version == 2


def test_a_slip_of_the_pen_in_the_date_is_refused(town: Town, claire: str, home: str) -> None:
    for day in (date(1999, 12, 31), date(202, 6, 1), today() + timedelta(days=367)):
        with pytest.raises(BadRequest) as refusal:
            moves(town, claire, home, day)

        assert refusal.value.detail["errors"].keys() == {"valid_from"}


def test_an_import_does_not_undo_what_a_family_has_told_since(
    town: Town, claire: str, home: str, payload: dict[str, Any]
) -> None:
    moves(town, claire, home, today(), street="3 place du Marché")
    town.homes()

    payload["address"] = make.address(street="99 rue d’Avant")
    town.arrives(payload)

    assert town.homes() == []


def test_an_import_corrects_what_only_an_import_has_told(
    town: Town, claire: str, home: str, payload: dict[str, Any]
) -> None:
    town.homes()

    payload["address"] = make.address(street="14 rue des Lilas")
    town.arrives(payload)

    assert [each["street"] for each in only(town).addresses] == ["14 rue des Lilas"]


# --- Who may know (rule R9) ---


def test_to_a_guardian_of_another_household_there_is_no_such_household(
    town: Town, claire: str, home: str
) -> None:
    """The father answers for the child too, from his own home."""
    child = town.homes()[0].children[0]["child_id"]
    stranger, father = make.guardian("Une Autre"), make.guardian("Paul Lefèvre")
    others = town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    his = town.arrives(make.household(make.child([father]), guardians=[father]))
    (paul,) = his.guardians.values()
    with store.write() as write:
        write.add(
            Guardianship(
                id=home[:-4] + "0001",
                child_id=child,
                guardian_id=paul,
                authority=True,
                valid_from=today(),
            )
        )

    for subject in (*others.guardians.values(), paul):
        with pytest.raises(NotFound):
            town.ask(contracts.my_household, subject=subject, household_id=home)
        with pytest.raises(NotFound):
            town.ask(
                contracts.move_household,
                subject=subject,
                household_id=home,
                base_version=1,
                **make.address(),
            )


def test_who_answers_for_no_child_of_the_home_any_more_learns_no_new_address(town: Town) -> None:
    mother, father = make.guardian(), make.guardian("Paul Lefèvre")
    ids = town.arrives(make.household(make.child([mother, father]), guardians=[mother, father]))
    claire, paul = (ids.guardians[each["reference"]] for each in (mother, father))
    told = only(town)
    assert len(told.guardians) == 2
    with store.write() as write:
        ends = {"valid_to": today(), "turns_on": today() + timedelta(days=1)}
        write.execute(update(Guardianship).where(Guardianship.guardian_id == paul).values(**ends))

    with store.write() as write:
        policy, when = AccessPolicy.from_register(store.register), later(1)
        replica_reconciliation.publish_day_changes(
            write, policy, reconciliation_queries.children_with_change_today(write, when), when
        )

    assert [each["subject"] for each in only(town).guardians] == [claire]


def test_where_nobody_answers_for_a_child_those_who_live_there_still_get_its_bills(
    town: Town, claire: str, home: str
) -> None:
    with store.write() as write:
        write.execute(delete(Guardianship))

    known = town.ask(contracts.my_household, subject=claire, household_id=home)

    assert [each["id"] for each in known.guardians] == [claire]


@pytest.mark.both_databases
def test_an_address_is_sealed_and_its_commune_alone_is_in_clear(
    town: Town, claire: str, home: str
) -> None:
    with store.read() as read:
        row = read.scalars(select(HouseholdAddress)).one()
        told = read.scalars(select(HouseholdVersion)).one()

    assert (row.insee, row.changed_by) == ("28901", "import")
    assert b"Lilas" not in row.content
    assert len(told.digest) == 64


# --- The end ---


def test_with_its_last_child_the_address_and_its_key_are_gone(
    town: Town, claire: str, home: str
) -> None:
    child_id = town.homes()[0].children[0]["child_id"]
    with store.read() as read:
        sealed = read.scalars(select(HouseholdAddress)).one().content
    leaves_all(town, claire, child_id)

    erase(child_id)

    told = only(town)
    assert (told.version, told.children, told.addresses, told.guardians) == (2, [], [], [])
    with store.read() as read:
        for table in (Household, HouseholdAddress, HouseholdVersion, HouseholdGuardian):
            assert read.scalar(select(func.count()).select_from(table)) == 0
    with pytest.raises(Unreadable):
        vault.open(home, "household_address.2026-09-01.1", sealed)


def test_a_home_that_has_another_child_keeps_its_address(
    town: Town, claire: str, home: str, payload: dict[str, Any]
) -> None:
    child_id = town.homes()[0].children[0]["child_id"]
    payload["children"].append(make.child(payload["guardians"]))
    town.arrives(payload)
    town.homes()
    leaves_all(town, claire, child_id)

    erase(child_id)

    told = only(town)
    assert len(told.children) == 1
    assert len(told.addresses) == len(told.guardians) == 1
