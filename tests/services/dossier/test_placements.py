"""A placed child: the carer reports absences and sees no address, until the last night (test 7)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.sharing.streams.commands import replica_reconciliation
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.store import store
from shared.contracts.dossier import activity_history
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as placements
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Placed:
    """A child of one home, and the carer of another."""

    child: str
    mother: str
    home: str
    carer: str
    carers_home: str


@pytest.fixture
def placed(town: Town) -> Placed:
    """Give a child whose mother has authority, placed with a carer from today on."""
    mother, carer = make.guardian("Sandra Morel"), make.guardian("Josiane Carpentier")
    child = make.child([mother])
    home = town.arrives(make.household(child, guardians=[mother], address=make.address()))
    other = town.arrives(make.household(guardians=[carer]))
    found = Placed(
        home.children[child["reference"]],
        home.guardians[mother["reference"]],
        home.household_id,
        other.guardians[carer["reference"]],
        other.household_id,
    )
    town.sent(), town.cards()
    place(town, found)
    return found


def place(town: Town, who: Placed, **more: Any) -> None:
    asked = {"household_id": who.carers_home, "valid_from": today(), **more}
    asked |= {"carer_id": who.carer, **make.paper(), **more}
    town.at_desk(placements.place_child, child_id=who.child, **asked)


def test_providers_learn_who_may_say_an_absence_and_the_mother_stays_who_acts(
    town: Town, placed: Placed
) -> None:
    (family,) = [each.content for each in town.sent() if each.provider == "ens"]

    assert [each["subject"] for each in family["guardians"]] == [placed.mother]
    assert family["carers"] == [
        {"subject": placed.carer, "household": placed.carers_home, "until": None}
    ]


def test_the_carer_sees_the_child_and_no_section_address_reader_or_course(
    town: Town, placed: Placed
) -> None:
    (child,) = town.ask(contracts.my_children, subject=placed.carer).children
    assert (child["id"], child["carer"]) == (placed.child, True)
    assert (child["providers"], child["missing"]) == (["agg", "ens"], [])

    for method in (contracts.who_knows, contracts.who_read, activity_history.history):
        with pytest.raises(NotFound):
            town.ask(method, subject=placed.carer, child_id=placed.child)
    for section in ("identity", "contacts", "health", "custody"):
        with pytest.raises(NotFound):
            town.ask(
                contracts.read_section,
                subject=placed.carer,
                child_id=placed.child,
                section=section,
            )
    with pytest.raises(NotFound):
        town.ask(contracts.my_household, subject=placed.carer, household_id=placed.home)


def test_the_household_is_billed_as_before_and_the_carers_home_has_no_child(
    town: Town, placed: Placed
) -> None:
    assert {home.household_id for home in town.homes() if home.children} == {placed.home}


def test_the_carers_access_closes_in_the_night_after_the_last_day(
    town: Town, placed: Placed
) -> None:
    last_day = today()
    town.at_desk(
        placements.end_placement,
        child_id=placed.child,
        carer_id=placed.carer,
        last_day=last_day,
    )
    town.sent(), town.cards()
    assert len(town.ask(contracts.my_children, subject=placed.carer).children) == 1

    night = Instant(Instant.now().moment + DAY, last_day + DAY)
    with store.read() as read:
        turning = reconciliation_queries.children_with_change_today(read, night)
    assert list(turning) == [placed.child]
    with store.write() as write:
        replica_reconciliation.publish_day_changes(
            write, AccessPolicy.from_register(store.register), turning, night
        )

    assert {"carers" in each.content for each in town.sent()} == {False}
    (card,) = [card for card in town.cards() if card.subject == placed.carer]
    assert card.children == []


def test_a_placement_that_is_prolonged_is_one_placement(town: Town, placed: Placed) -> None:
    place(town, placed, valid_to=today() + 30 * DAY)

    families = [each.content for each in town.sent() if each.provider == "ens"]
    assert families[-1]["carers"][0]["until"] == (today() + 30 * DAY).isoformat()


def test_days_in_the_wrong_order_and_a_home_that_is_not_the_carers_are_refused(
    town: Town, placed: Placed
) -> None:
    with pytest.raises(BadRequest):
        place(town, placed, valid_to=today() - DAY)
    with pytest.raises(NotFound):
        place(town, placed, household_id=placed.home)
