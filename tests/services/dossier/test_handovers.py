"""A guardian declares a hand-over; each service learns its own side of it (rule R12)."""

import json
from datetime import date
from typing import Any

import pytest

from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.sharing import handovers_between_services
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town

WEDNESDAY = 3
MARK = new_id()


def declares(town: Town, subject: str, child_id: str, **more: Any) -> None:
    usual = {"from_provider": "ens", "to_provider": "agg", "weekdays": [WEDNESDAY], "at": "12:15"}
    asked = {**usual, "valid_from": today(), "valid_to": None, **more}
    town.ask(
        handovers_between_services.declare_handover, subject=subject, child_id=child_id, **asked
    )


def told(town: Town, event: Any) -> dict[str, list[Any]]:
    """Return by principal what was told of hand-overs, and take it out of the outbox."""
    found: dict[str, list[Any]] = {}
    for row in town.taken(event):
        found.setdefault(row.key.split(".")[1], []).append(event.load(json.loads(row.body)))
    return found


def ticks(town: Town, source: str, handover_id: str, act: str) -> dict[str, list[Any]]:
    asked = {"relay_id": handover_id, "day": today(), "act": act, "at": now(), "mark_id": MARK}
    town.hear(handovers_between_services.handover_marked, source=source, **asked)
    return told(town, handovers_between_services.handover_passed)


def handover_of(town: Town, subject: str, child_id: str) -> str:
    (one,) = town.ask(
        handovers_between_services.handovers_of, subject=subject, child_id=child_id
    ).relays
    return str(one["relay_id"])


def test_each_service_is_told_its_own_side_and_when(town: Town, claire: str, manon: str) -> None:
    declares(town, claire, manon)

    sides = told(town, handovers_between_services.handover_declared)

    (school,), (sport,) = sides["enrolment_ens"], sides["enrolment_agg"]
    assert (school.side, school.other, school.at) == (
        handovers_between_services.HANDS,
        "agg",
        "12:15",
    )
    assert (sport.side, sport.other, sport.weekdays) == (
        handovers_between_services.RECEIVES,
        "ens",
        [WEDNESDAY],
    )


def test_what_one_side_ticks_reaches_the_other_alone(town: Town, claire: str, manon: str) -> None:
    declares(town, claire, manon)
    handover_id = handover_of(town, claire, manon)

    handed = ticks(town, "enrolment_ens", handover_id, handovers_between_services.HANDED)
    received = ticks(town, "enrolment_agg", handover_id, handovers_between_services.RECEIVED)

    assert {to: [(each.act, each.mark_id) for each in some] for to, some in handed.items()} == {
        "enrolment_agg": [(handovers_between_services.HANDED, MARK)]
    }
    assert received.keys() == {"enrolment_ens"}


def test_either_side_takes_a_tick_back(town: Town, claire: str, manon: str) -> None:
    declares(town, claire, manon)
    handover_id = handover_of(town, claire, manon)

    for source, other in (("ens", "agg"), ("agg", "ens")):
        told_to = ticks(
            town, f"enrolment_{source}", handover_id, handovers_between_services.CLEARED
        )
        assert told_to.keys() == {f"enrolment_{other}"}


def test_nobody_ticks_the_others_side(town: Town, claire: str, manon: str) -> None:
    declares(town, claire, manon)
    handover_id = handover_of(town, claire, manon)

    assert ticks(town, "enrolment_ens", handover_id, handovers_between_services.RECEIVED) == {}
    assert ticks(town, "enrolment_agg", handover_id, handovers_between_services.HANDED) == {}
    assert (
        ticks(
            town,
            "enrolment_agg",
            handover_id.replace("0", "1"),
            handovers_between_services.RECEIVED,
        )
        == {}
    )


def test_the_dossier_keeps_no_day_of_it(town: Town, claire: str, manon: str) -> None:
    """Rule R10: never a day."""
    declares(town, claire, manon)
    handover_id = handover_of(town, claire, manon)
    before = _rows_naming(handover_id)

    ticks(town, "enrolment_ens", handover_id, handovers_between_services.HANDED)

    assert _rows_naming(handover_id) == before


def test_ended_by_a_guardian_or_with_a_service_both_are_told(
    town: Town, claire: str, manon: str
) -> None:
    declares(town, claire, manon)
    told(town, handovers_between_services.handover_declared)
    ids = {"child_id": manon, "relay_id": handover_of(town, claire, manon)}
    town.ask(handovers_between_services.end_handover, subject=claire, **ids)
    by_guardian = told(town, handovers_between_services.handover_declared)
    declares(town, claire, manon)
    told(town, handovers_between_services.handover_declared)
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")

    by_service = told(town, handovers_between_services.handover_declared)

    for sides in (by_guardian, by_service):
        assert {each.ended for some in sides.values() for each in some} == {True}
        assert sides.keys() == {"enrolment_ens", "enrolment_agg"}
    assert (
        town.ask(handovers_between_services.handovers_of, subject=claire, child_id=manon).relays
        == []
    )


def test_a_family_at_the_front_desk_declares_and_ends_one_beside_an_agent(
    town: Town, claire: str, manon: str
) -> None:
    agent = town.has_desk_agent("counter")

    declares(town, claire, manon, actor=agent)
    ids = {"child_id": manon, "relay_id": handover_of(town, claire, manon)}
    town.ask(handovers_between_services.end_handover, subject=claire, actor=agent, **ids)

    sides = told(town, handovers_between_services.handover_declared)
    assert [each.ended for each in sides["enrolment_agg"]] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"to_provider": "ens"}, BadRequest),
        ({"weekdays": []}, BadRequest),
        ({"valid_from": date(2026, 9, 2), "valid_to": date(2026, 9, 1)}, BadRequest),
        ({"to_provider": "conservatoire"}, NotFound),
    ],
)
def test_what_is_no_hand_over_is_refused(
    town: Town, claire: str, manon: str, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        declares(town, claire, manon, **wrong)


def test_six_run_at_most_and_a_stranger_declares_none(town: Town, claire: str, manon: str) -> None:
    for _ in range(handovers_between_services.MOST):
        declares(town, claire, manon)
    with pytest.raises(BadRequest):
        declares(town, claire, manon)

    one = make.guardian("Marc Petit")
    ids = town.arrives(make.household(make.child([one]), guardians=[one]))
    with pytest.raises(NotFound):
        declares(town, ids.guardians[one["reference"]], manon)


def _rows_naming(handover_id: str) -> dict[str, int]:
    """Return how many rows of each of the dossier's own tables name a hand-over."""
    kit = ("outbox", "inbox")
    with store.read() as read:
        return {
            table.name: sum(handover_id in map(str, row) for row in read.execute(table.select()))
            for table in store.metadata.sorted_tables
            if not table.name.startswith(kit)
        }
