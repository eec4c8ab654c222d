"""Sent, received, seen, and the numbered receipts of an erasure."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from services.dossier.models import (
    ErasureReceipt,
    Projection,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.enrolment.sharing.replica_events import ProjectionHeld
from shared.contracts.message import Delivery
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import AGG, ENS, Sent, Town, of
from tests.plans import counted


def knows(town: Town, claire: str, manon: str, provider: str, projection: str) -> Any:
    answer = town.ask(contracts.who_knows, subject=claire, child_id=manon)
    return next(
        each
        for each in answer.holdings
        if (each["provider"], each["projection"]) == (provider, projection)
    )


def test_a_family_sees_sent_then_received_then_seen(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    (sent,) = town.sent()

    before = knows(town, claire, manon, "ens", "allergies")
    town.held("ens", sent)
    received = knows(town, claire, manon, "ens", "allergies")
    town.held("ens", sent, seen_by="kitchen")
    seen = knows(town, claire, manon, "ens", "allergies")

    assert (before["filled"], before["received_at"], before["seen_at"]) == (True, None, None)
    assert received["received_at"] is not None
    assert (received["seen_at"], received["seen_by"]) == (None, "")
    assert (seen["seen_at"] is not None, seen["seen_by"]) == (True, "kitchen")


def test_a_change_is_to_be_received_and_seen_again(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    (sent,) = town.sent()
    town.held("ens", sent, seen_by="kitchen")

    town.tells(claire, manon, "health", make.health("arachide", "kiwi"), base=1)

    line = knows(town, claire, manon, "ens", "allergies")
    assert (line["received_at"], line["seen_at"], line["seen_by"]) == (None, None, "")


def test_where_nothing_was_told_the_holding_is_not_filled(
    town: Town, claire: str, manon: str
) -> None:
    answer = town.ask(contracts.who_knows, subject=claire, child_id=manon)

    filled = {each["projection"]: each["filled"] for each in answer.holdings}
    assert filled == dict.fromkeys(ENS | AGG, False) | {"care_core": True, "family": True}


def test_states_that_come_late_or_twice_change_nothing(town: Town, claire: str, manon: str) -> None:
    sent = []
    for version, menu in enumerate(["standard", "no_pork", "vegetarian"]):
        town.tells(claire, manon, "diet", make.diet(menu), base=version)
        sent += town.sent()
    states = [(each, role) for each in sent for role in ("", "kitchen")] * 3
    random.Random(2).shuffle(states)

    for each, role in states:
        town.held("ens", each, seen_by=role)

    with store.read() as read:
        row = read.scalars(select(Projection).where(Projection.projection == "diet")).one()
    assert (row.received_version, row.seen_version, row.seen_by) == (4, 4, "kitchen")


def test_a_provider_cannot_hold_what_was_never_sent(town: Town, claire: str, manon: str) -> None:
    never = Sent("ens", "diet", manon, 9, None, None)

    town.held("ens", never)
    town.held("agg", never)
    town.held("ens", Sent("ens", "diet", new_id(), 1, None, None))

    assert knows(town, claire, manon, "ens", "diet")["received_at"] is None


def test_one_fact_carries_the_states_of_many_children(town: Town) -> None:
    one = make.guardian()
    town.arrives(make.household(*(make.child([one]) for _ in range(4)), guardians=[one]))
    sent = [each for each in town.sent() if (each.provider, each.projection) == ("ens", "diet")]
    items = [
        {
            "child_id": each.child_id,
            "received_version": 1,
            "received_at": now(),
            "seen_version": 0,
            "seen_by": "",
        }
        for each in sent
    ]

    town.hear(
        make.enrolment.projection_held, source="enrolment_ens", projection="diet", items=items
    )

    with store.read() as read:
        received = select(func.count()).where(Projection.received_version == 1)
        assert read.scalar(received) == 4


def held_together(town: Town, *received: tuple[Sent, str]) -> int:
    """Let receipts, some with who saw it, arrive in one batch; return the statements it took."""
    moment = now()
    events = [
        ProjectionHeld(
            sent.projection,
            [
                {
                    "child_id": sent.child_id,
                    "received_version": sent.version,
                    "received_at": moment,
                    "seen_version": sent.version if role else 0,
                    "seen_at": moment if role else None,
                    "seen_by": role,
                }
            ],
        )
        for sent, role in received
    ]
    sources = [Delivery(f"enrolment_{sent.provider}", new_id(), new_id()) for sent, _ in received]
    with counted(store) as statements, store.write() as write:
        town.service.on_projections_held(write, events, sources)
    return len(statements)


def test_receipts_that_arrive_together_are_each_noted_for_their_provider_in_two_statements(
    town: Town, claire: str, manon: str
) -> None:
    plan = make.health("arachide", care_plan=make.care_plan())
    town.tells(claire, manon, "health", plan)
    sent = {(each.provider, each.projection): each for each in town.sent()}
    never = Sent("agg", "allergies", manon, 9, None, None)

    took = held_together(
        town,
        (sent["ens", "care_core"], "kitchen"),
        (sent["agg", "care_core"], ""),
        (sent["ens", "allergies"], ""),
        (sent["ens", "care_core"], ""),
        (never, ""),
    )

    lines = [
        (line["received_at"] is not None, line["seen_by"])
        for which in (("ens", "care_core"), ("agg", "care_core"), ("ens", "allergies"))
        if (line := knows(town, claire, manon, *which))
    ]
    assert (took, lines) == (2, [(True, "kitchen"), (True, ""), (True, "")])


def test_receipts_are_numbered_and_the_last_one_proves_the_link(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    tombstones = town.sent()

    for each in tombstones[:-1]:
        town.erased(each)
    before = _link(town, claire, manon, "ens")
    town.erased(tombstones[-1])
    after = _link(town, claire, manon, "ens")

    assert (before["erased_at"], before["receipt"]) == (None, None)
    assert after["erased_at"] is not None
    assert after["receipt"] == len(ENS)


def test_a_receipt_that_comes_three_times_has_one_number(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")
    tombstone = of(town.sent(), "agg")["care_core"]

    for message in ("one", "one", "another"):
        town.erased(tombstone, message_id=message)

    with store.read() as read:
        assert read.scalars(select(ErasureReceipt.number)).all() == [1]


def test_a_receipt_for_what_has_come_back_meanwhile_proves_nothing(
    town: Town, claire: str, manon: str
) -> None:
    asked = {"subject": claire, "child_id": manon, "provider": "agg"}
    town.ask(contracts.close_link, **asked)
    tombstone = of(town.sent(), "agg")["care_core"]
    town.ask(contracts.open_link, **asked)

    town.erased(tombstone)

    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(ErasureReceipt)) == 0
    holdings = town.ask(contracts.who_knows, subject=claire, child_id=manon).holdings
    assert len(holdings) == len(ENS) + len(AGG)


@pytest.mark.both_databases
def test_numbers_have_no_gap_where_many_write_and_some_fail(town: Town) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(*(make.child([one]) for _ in range(8)), guardians=[one]))
    for child_id in ids.children.values():
        town.ask(
            contracts.close_link,
            subject=ids.guardians[one["reference"]],
            child_id=child_id,
            provider="ens",
        )
    tombstones = [each for each in town.sent() if each.content is None]

    def erase(number: int, each: Sent) -> Callable[[], None]:
        return lambda: town.erased(each) if number % 4 else _fails_after(town, each)

    make.at_once(*(erase(number, each) for number, each in enumerate(tombstones)))
    for each in tombstones:
        town.erased(each)

    with store.read() as read:
        numbers = read.scalars(select(ErasureReceipt.number).order_by(ErasureReceipt.number)).all()
    assert numbers == list(range(1, len(tombstones) + 1))
    assert len(tombstones) == 8 * len(ENS)


def _fails_after(town: Town, each: Sent) -> None:
    """Take a number and fail before the commit."""
    event = make.enrolment.ProjectionErased(each.child_id, each.projection, each.version, now())
    with store.write() as write:
        delivery = Delivery("enrolment_ens", new_id(), new_id())
        town.service.on_projection_erased(write, event, delivery)
        raise RuntimeError("before the commit")


def _link(town: Town, claire: str, manon: str, provider: str) -> Any:
    answer = town.ask(contracts.who_knows, subject=claire, child_id=manon)
    return next(each for each in answer.links if each["provider"] == provider)
