"""Barred adults (rule R7): the effect is passed on, and nothing of it shows."""

from datetime import timedelta
from typing import Any

import pytest

from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.streams.commands import replica_reconciliation
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.dates.clock import PARIS, now
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town, of


@pytest.fixture
def barred(town: Town) -> tuple[str, str, Instant]:
    """Give a guardian, a child whom a ruling protects from tomorrow on, and tomorrow."""
    tomorrow = later(days=1)
    one = make.guardian("Marc Rude")
    sections = {
        "custody": make.ruling("Marc Rude", tomorrow.day.isoformat(), tomorrow.day.isoformat())
    }
    ids = town.arrives(make.household(make.child([one], sections=sections), guardians=[one]))
    (child_id,) = ids.children.values()
    return ids.guardians[one["reference"]], child_id, tomorrow


def turn(when: Instant) -> None:
    with store.read() as read:
        children = reconciliation_queries.children_with_change_today(read, when)
    with store.write() as write:
        replica_reconciliation.publish_day_changes(
            write, AccessPolicy.from_register(store.register), children, when
        )


def test_a_ruling_reaches_every_provider_on_its_day_and_leaves_on_the_day_after(
    town: Town, barred: tuple[str, str, Instant]
) -> None:
    _, _, tomorrow = barred
    first = town.sent()
    turn(Instant.now())
    assert town.sent() == []

    turn(tomorrow)
    begins = town.sent()
    turn(tomorrow)
    assert town.sent() == []
    turn(later(days=2))
    ends = town.sent()

    assert {each.provider for each in begins} == {"ens", "agg"}
    assert of(first, "ens")["care_core"].content["not_to_hand_over"] == []
    assert of(begins, "ens")["care_core"].content["not_to_hand_over"] == ["Marc Rude"]
    assert of(ends, "agg")["care_core"].content["not_to_hand_over"] == []
    assert of(ends, "agg")["care_core"].version == 3


def test_the_barred_parents_pages_differ_in_nothing(
    town: Town, barred: tuple[str, str, Instant]
) -> None:
    marc, child_id, tomorrow = barred
    for each in town.sent():
        town.held(each.provider, each, seen_by="lead")

    def pages() -> list[Any]:
        asked = {"subject": marc, "child_id": child_id}
        return [
            town.ask(contracts.who_knows, **asked),
            town.ask(contracts.read_section, **asked, section="custody"),
            town.ask(contracts.my_children, subject=marc),
        ]

    before = pages()
    turn(tomorrow)
    told = pages()
    for each in town.sent():
        town.held(each.provider, each, seen_by="coach")
    seen = pages()

    assert before == told == seen
    assert before[1].version == 0


def test_a_ruling_that_an_import_brings_later_is_told_and_shows_nowhere(town: Town) -> None:
    one = make.guardian("Marc Rude")
    payload = make.household(make.child([one], links=["agg"]), guardians=[one])
    ids = town.arrives(payload)
    asked = {"subject": ids.guardians[one["reference"]]}
    (child_id,) = ids.children.values()
    for each in town.sent():
        town.held("agg", each, seen_by="coach")
    before = town.ask(contracts.who_knows, **asked, child_id=child_id)

    payload["children"][0]["sections"]["custody"] = make.ruling("Marc Rude", "2026-01-06")
    town.arrives(payload)

    (sent,) = town.sent()
    assert sent.content["not_to_hand_over"] == ["Marc Rude"]
    assert town.ask(contracts.who_knows, **asked, child_id=child_id) == before


def later(**time: Any) -> Instant:
    moment = now() + timedelta(**time)
    return Instant(moment, moment.astimezone(PARIS).date())
