"""A birthday cake: diet and allergies of who is booked there, for some days (rule R3)."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.streams.commands import replica_reconciliation
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.sharing import grants as on_request
from shared.contracts.enrolment.sharing import food_on_occasion
from shared.dates.clock import PARIS, now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Sent, Town, of

SESSION = new_id()
FOOD = {"diet", "allergies"}


@pytest.fixture(autouse=True)
def sport_has_cakes(town: Town, register_file: Path) -> None:
    """Let the sports service have food on occasion."""
    make.register(register_file, on_occasion=[("agg", "diet"), ("agg", "allergies")])


@pytest.fixture
def allergic(town: Town, claire: str, manon: str) -> str:
    """Give Manon, whose mother has told an allergy; sport has not received it."""
    town.tells(claire, manon, "health", make.health("arachide"))
    assert "allergies" not in of(town.sent(), "agg")
    return manon


def announces(town: Town, day: date, *children: str, version: int = 1, of_: str = "agg") -> None:
    asked = {"session_id": SESSION, "version": version, "day": day, "child_ids": list(children)}
    town.hear(food_on_occasion.food_announced, source=f"enrolment_{of_}", **asked)


def turn(town: Town, days: int) -> list[Sent]:
    """Let that many days pass, as the dossier's minute finds them."""
    moment = now() + timedelta(days=days)
    when = Instant(moment, moment.astimezone(PARIS).date())
    with store.read() as read:
        children = reconciliation_queries.children_with_change_today(read, when)
    with store.write() as write:
        replica_reconciliation.publish_day_changes(
            write, AccessPolicy.from_register(store.register), children, when
        )
    return town.sent()


def projections(sent: list[Sent]) -> set[str]:
    assert {each.provider for each in sent} <= {"agg"}
    return {each.projection for each in sent}


def test_diet_and_allergies_come_three_days_before_and_go_the_day_after(
    town: Town, allergic: str
) -> None:
    announces(town, today() + timedelta(days=10), allergic)
    assert town.sent() == []

    assert turn(town, 6) == []
    begins = turn(town, 7)
    assert turn(town, 11) == []
    ends = turn(town, 12)

    assert projections(begins) == FOOD
    assert of(begins, "agg")["allergies"].content["allergies"][0]["substance"] == "arachide"
    assert projections(ends) == FOOD
    assert {each.content for each in ends} == {None}
    assert turn(town, 13) == []


def test_announced_for_tomorrow_it_is_there_at_once_and_follows_changes(
    town: Town, claire: str, allergic: str
) -> None:
    announces(town, today() + timedelta(days=1), allergic)
    assert projections(town.sent()) == FOOD

    town.tells(claire, allergic, "health", make.health("lait"), base=1)

    later = of(town.sent(), "agg")["allergies"].content["allergies"]
    assert [one["substance"] for one in later] == ["lait"]


def test_who_is_no_longer_booked_and_a_session_taken_back_close_it_again(
    town: Town, allergic: str
) -> None:
    tomorrow = today() + timedelta(days=1)
    announces(town, tomorrow, allergic)
    town.sent()

    announces(town, tomorrow, version=2)
    gone = town.sent()
    announces(town, tomorrow, allergic, version=1)  # an older word

    assert {each.content for each in gone} == {None} and projections(gone) == FOOD
    assert town.sent() == []


def test_a_child_of_another_provider_or_nobody_is_not_opened_by_it(
    town: Town, allergic: str
) -> None:
    one = make.guardian("Marc Petit")
    sections = {"health": make.health("lait")}
    child = make.child([one], links=["ens"], sections=sections)
    ids = town.arrives(make.household(child, guardians=[one]))
    (elsewhere,) = ids.children.values()
    town.sent()

    announces(town, today(), elsewhere, new_id())

    assert town.sent() == []


def test_a_provider_that_the_register_gives_none_opens_nothing(town: Town, allergic: str) -> None:
    announces(town, today(), allergic, of_="ens")
    assert town.sent() == []

    announces(town, today(), allergic, version=2)
    assert town.sent() == []  # the session is the one who told it first


def test_what_a_guardian_asked_for_stays_when_the_cake_is_eaten(
    town: Town, claire: str, allergic: str, register_file: Path
) -> None:
    both = [("agg", "diet"), ("agg", "allergies")]
    make.register(register_file, on_occasion=both[:1], on_request=both[1:])
    what = {"provider": "agg", "projection": "allergies", "until": today() + timedelta(days=90)}
    town.ask(on_request.grant_projection, subject=claire, child_id=allergic, **what)
    town.sent()

    announces(town, today(), allergic)
    assert projections(town.sent()) == {"diet"}

    assert projections(turn(town, 2)) == {"diet"}


def test_the_family_sees_who_has_it_while_it_is_there(
    town: Town, claire: str, allergic: str
) -> None:
    def holders() -> set[Any]:
        told = town.ask(contracts.who_knows, subject=claire, child_id=allergic)
        return {row["provider"] for row in told.holdings if row["projection"] == "allergies"}

    announces(town, today(), allergic)
    assert holders() == {"ens", "agg"}
    announces(town, today(), version=2)

    assert holders() == {"ens"}
