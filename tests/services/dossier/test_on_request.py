"""A guardian has one service more told, up to a day; nobody loses what the rules give (rule R4)."""

import json
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
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.dossier.sharing import grants as on_request
from shared.contracts.dossier.sharing import projections
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.dates.clock import PARIS, now, today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Sent, Town, of


def soon() -> date:
    return today() + timedelta(days=30)


@pytest.fixture(autouse=True)
def sport_takes_allergies(town: Town, register_file: Path) -> None:
    """Let the sports service take allergies where a guardian has them sent."""
    make.register(register_file, on_request=[("agg", "allergies")])


@pytest.fixture
def allergic(town: Town, claire: str, manon: str) -> str:
    """Give Manon, whose mother has told an allergy; the school service has it, sport has not."""
    town.tells(claire, manon, "health", make.health("arachide"))
    sent = town.sent()
    assert {each.provider for each in sent if each.projection == "allergies"} == {"ens"}
    return manon


def sends(town: Town, subject: str, child_id: str, **more: Any) -> None:
    what = {"provider": "agg", "projection": "allergies", "until": soon(), **more}
    town.ask(on_request.grant_projection, subject=subject, child_id=child_id, **what)


def withdraws(town: Town, subject: str, child_id: str) -> None:
    what = {"provider": "agg", "projection": "allergies"}
    town.ask(on_request.end_grant, subject=subject, child_id=child_id, **what)


def knows(town: Town, subject: str, child_id: str) -> Any:
    return town.ask(contracts.who_knows, subject=subject, child_id=child_id)


def holding_allergies(town: Town, subject: str, child_id: str) -> set[str]:
    rows = knows(town, subject, child_id).holdings
    return {row["provider"] for row in rows if row["projection"] == "allergies"}


def notices(town: Town) -> list[Any]:
    return [
        on_request.guardian_grant_changed.load(json.loads(row.body))
        for row in town.taken(on_request.guardian_grant_changed)
    ]


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


def test_what_is_sent_further_arrives_there_and_follows_every_change(
    town: Town, claire: str, allergic: str
) -> None:
    sends(town, claire, allergic)
    (first,) = town.sent()
    town.tells(claire, allergic, "health", make.health("arachide", "lait"), base=1)

    later = of(town.sent(), "agg")["allergies"]

    assert (first.provider, first.projection) == ("agg", "allergies")
    assert [one["substance"] for one in first.content["allergies"]] == ["arachide"]
    assert [one["substance"] for one in later.content["allergies"]] == ["arachide", "lait"]
    assert holding_allergies(town, claire, allergic) == {"ens", "agg"}


def test_another_child_is_not_sent_with_it(town: Town, claire: str, allergic: str) -> None:
    one = make.guardian("Marc Petit")
    health = {"health": make.health("lait")}
    town.arrives(make.household(make.child([one], sections=health), guardians=[one]))
    town.sent()

    sends(town, claire, allergic)

    assert {each.child_id for each in town.sent()} == {allergic}


def test_withdrawn_it_is_erased_there_and_the_school_keeps_its_own(
    town: Town, claire: str, allergic: str
) -> None:
    sends(town, claire, allergic)
    town.sent()

    withdraws(town, claire, allergic)
    (tombstone,) = town.sent()
    town.tells(claire, allergic, "health", make.health("lait"), base=1)

    assert (tombstone.provider, tombstone.content) == ("agg", None)
    assert tombstone.erase_after is not None and tombstone.erase_after <= now()
    assert "allergies" not in of(town.sent(), "agg")
    assert holding_allergies(town, claire, allergic) == {"ens"}


def test_it_ends_by_itself_after_its_last_day(town: Town, claire: str, allergic: str) -> None:
    sends(town, claire, allergic)
    town.sent()

    assert turn(town, 30) == []
    (tombstone,) = turn(town, 31)

    assert (tombstone.provider, tombstone.projection, tombstone.content) == (
        "agg",
        "allergies",
        None,
    )
    assert turn(town, 32) == []
    assert knows(town, claire, allergic).guardian_grants == []


def test_asked_again_it_moves_its_last_day_and_sends_nothing_twice(
    town: Town, claire: str, allergic: str
) -> None:
    sends(town, claire, allergic)
    town.sent()

    sends(town, claire, allergic, until=soon() + timedelta(days=60))

    assert town.sent() == []
    (act,) = knows(town, claire, allergic).guardian_grants
    assert (act["until"], act["by"]) == (soon() + timedelta(days=60), "you")


def test_the_end_of_the_link_ends_it_and_a_new_link_does_not_bring_it_back(
    town: Town, claire: str, allergic: str
) -> None:
    sends(town, claire, allergic)
    town.sent()
    asked = {"subject": claire, "child_id": allergic, "provider": "agg"}

    town.ask(contracts.close_link, **asked)
    assert "allergies" in of(town.sent(), "agg")
    town.ask(contracts.open_link, **asked)

    assert of(town.sent(), "agg").keys() == make.AGG


def test_a_provider_finds_by_its_inventory_what_was_sent_further(
    town: Town, claire: str, allergic: str
) -> None:
    sends(town, claire, allergic)
    lost = of(town.sent(), "agg")["allergies"]

    _, entries = town.inventory("agg")
    town.ask(projections.resend, caller="enrolment_agg", wanted=[(allergic, "allergies", 0)])

    assert (allergic, "allergies", lost.version) in entries
    assert of(town.sent(), "agg")["allergies"] == lost


def test_only_what_the_register_lists_can_be_asked_for(
    town: Town, claire: str, allergic: str
) -> None:
    for projection in ("diet", "treatments", "health_sheet", "care_core"):
        with pytest.raises(NotEntitled):
            sends(town, claire, allergic, projection=projection)
    with pytest.raises(NotEntitled):
        sends(town, claire, allergic, provider="ens")
    for until in (today() - timedelta(days=1), today() + timedelta(days=400)):
        with pytest.raises(BadRequest):
            sends(town, claire, allergic, until=until)

    assert town.sent() == []


def test_a_register_that_no_longer_lists_it_stops_what_leaves(
    town: Town, claire: str, allergic: str, register_file: Path
) -> None:
    sends(town, claire, allergic)
    town.sent()
    make.register(register_file)

    town.tells(claire, allergic, "health", make.health("lait"), base=1)

    assert "agg" not in {each.provider for each in town.sent()}


def test_both_guardians_are_told_and_either_may_withdraw(town: Town) -> None:
    claire, marc = make.guardian("Claire Petit"), make.guardian("Marc Petit")
    child = make.child([claire], sections={"health": make.health("arachide")})
    at_hers = town.arrives(make.household(child, guardians=[claire]))
    again = {**child, "guardians": [marc["reference"]]}
    at_his = town.arrives(make.household(again, guardians=[marc]))
    (child_id,) = at_hers.children.values()
    mother, father = at_hers.guardians[claire["reference"]], at_his.guardians[marc["reference"]]
    town.sent()

    sends(town, mother, child_id)
    first = notices(town)
    (seen,) = knows(town, father, child_id).guardian_grants
    withdraws(town, father, child_id)
    second = notices(town)

    assert {each.household_id for each in first} == {at_hers.household_id, at_his.household_id}
    assert [each.ended for each in first] == [False, False]
    assert seen["by"] == "guardian"
    assert [each.ended for each in second] == [True, True]
    assert not {each.key for each in first} & {each.key for each in second}  # in one second


def test_what_a_protected_home_sends_further_shows_at_no_other_home(town: Town) -> None:
    claire, marc = make.guardian("Claire Petit"), make.guardian("Marc Petit")
    child = make.child([claire], sections={"health": make.health("arachide")})
    at_hers = town.arrives(make.household(child, guardians=[claire]))
    again = {**child, "guardians": [marc["reference"]]}
    at_his = town.arrives(make.household(again, guardians=[marc]))
    (child_id,) = at_hers.children.values()
    mother, father = at_hers.guardians[claire["reference"]], at_his.guardians[marc["reference"]]
    asked = {"household_id": at_hers.household_id, **make.paper()}
    town.at_desk(protection.protect_household, **asked)
    before = knows(town, father, child_id)

    sends(town, mother, child_id)

    assert {each.household_id for each in notices(town)} == {at_hers.household_id}
    assert knows(town, father, child_id) == before
    with pytest.raises(NotFound):
        withdraws(town, father, child_id)


def test_nobody_else_and_no_agent_beside_a_family_sends_anything_further(
    town: Town, claire: str, allergic: str
) -> None:
    one = make.guardian("Marc Petit")
    ids = town.arrives(make.household(make.child([one]), guardians=[one]))
    with pytest.raises(NotFound):
        sends(town, ids.guardians[one["reference"]], allergic)

    agent = town.has_desk_agent("counter")
    asked = {"child_id": allergic, "provider": "agg", "projection": "allergies", "until": soon()}
    with pytest.raises(PermissionError):
        town.ask(on_request.grant_projection, subject=claire, actor=agent, **asked)
