"""A bench's town laid in bulk: its services find what they find in one that came by messages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bench import families
from bench.grown import in_dossier, in_enrolment, people
from bench.grown.people import Home
from services.dossier.households.commands.households_for_billing import publish_households
from services.dossier.models import Link, Registration
from services.dossier.registrations.queries.sent_registrations import sent_registration_for_desk
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.publishing.commands.projection_publisher import (
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store as dossier
from services.enrolment.children.queries.contents import contents_of_projections
from services.enrolment.store import store as enrolment
from services.enrolment.store import vault
from shared.database import Store
from shared.dates.instant import Instant
from shared.json_values import JsonObject
from shared.register.entitlement import PROJECTIONS
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories import enrolment as at_provider
from tests.factories.dossier import ITEM, Town
from tests.factories.enrolment import Provider


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give the dossier of the demo town."""
    with make.opened(database, tmp_path / "register.json") as opened:
        yield opened


@pytest.fixture
def ens(town: Town, another_database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give its school service, on a database of its own."""
    with at_provider.provider_on(another_database, tmp_path) as provider:
        yield provider


def comes(town: Town, ens: Provider) -> set[str]:
    """Let some families come by messages; return their children."""
    came = families.take_in(list(families.households(20, "came-", ["ens"])))
    for sent in town.sent():
        ens.receives(sent.projection, {name: getattr(sent, name) for name in ITEM})
        town.held("ens", sent)
    return {child.id for child in came}


def held_contents(children: set[str]) -> dict[str, dict[str, JsonObject]]:
    with enrolment.read() as read:
        return contents_of_projections(read, vault, PROJECTIONS, children)


def kinds_of_rows(store: Store, children: set[str]) -> set[tuple[str, ...]]:
    """Return the tables in which these children have rows, with the columns that have a value."""
    with store.read() as read:
        return {
            (table.name, *(name for name, value in row.items() if value is not None))
            for table in store.metadata.sorted_tables
            for row in read.execute(select(table)).mappings()
            if not children.isdisjoint(each for each in row.values() if isinstance(each, str))
        }


def laid_homes() -> list[Home]:
    homes = people.homes(12)
    in_dossier.settle(homes, new_id(), in_enrolment.arrive)
    return homes


@pytest.mark.both_databases
def test_a_provider_holds_of_laid_children_what_the_dossier_says_of_them(
    town: Town, ens: Provider
) -> None:
    comes(town, ens)
    laid = {child.id for home in laid_homes() for child in home.children}

    _, entries = town.inventory("ens")
    wanted = [(child, projection) for child, projection, _ in entries if child in laid]
    contents = {
        (row.child_id, row.projection): row.content for row in town.rows("ens", sorted(wanted))
    }

    assert sorted(ens.entries()) == sorted(entries)
    assert {child for child, _ in wanted} == laid
    assert {
        (child, projection): content
        for projection, by_child in held_contents(laid).items()
        for child, content in by_child.items()
    } == contents


@pytest.mark.both_databases
def test_of_laid_children_nothing_is_left_to_be_sent(town: Town, ens: Provider) -> None:
    comes(town, ens)
    homes = laid_homes()
    town.cards(), town.homes()

    with dossier.write() as write:
        adults = [who for home in homes for who, _ in home.adults]
        publish_households(write, [home.id for home in homes], Instant.now())
        publish_cards(write, current_policy(), adults, Instant.now())
        linked = write.scalars(select(Link.child_id).distinct()).all()
        targets = targets_at_linked_providers(write, linked, PROJECTIONS)
        news = publish_changes(write, current_policy(), targets, Instant.now())

    assert news == town.cards() == town.homes() == []
    assert len(targets) > len(linked) > 20


@pytest.mark.both_databases
def test_rows_of_laid_children_are_as_those_of_children_who_came(town: Town, ens: Provider) -> None:
    came = comes(town, ens)
    _protected, *others = laid_homes()
    laid = {child.id for home in others for child in home.children}

    for store, of_some in ((dossier, {"child_weeks"}), (enrolment, set())):
        found, usual = kinds_of_rows(store, laid), kinds_of_rows(store, came)
        assert found <= usual
        assert {name for name, *_ in usual} - {name for name, *_ in found} <= of_some


def test_a_laid_registration_is_opened_at_the_front_desk(town: Town) -> None:
    in_dossier.let_wait(people.homes(3), new_id())

    with dossier.read() as read:
        first = read.scalars(select(Registration.id).limit(1)).one()
        seen = sent_registration_for_desk(read, first, Instant.now())
    assert len(seen.content["children"]["children"]) == 3
    assert seen.email["proven"] == ""
