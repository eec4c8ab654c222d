"""Erasures, their receipts, and what is overdue, for the data protection office."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.dossier.data_protection.retention.erasure_counts import town_erasures
from services.dossier.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import erasures
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town


def at(days: int) -> erasures.TownErasuresAnswer:
    with store.read() as read:
        return town_erasures(read, Instant(now() + timedelta(days=days), today()))


def test_what_ended_waits_then_is_overdue_until_its_receipt_comes(
    town: Town, claire: str, manon: str
) -> None:
    assert at(0).providers == []
    town.ask(guardians.close_link, subject=claire, child_id=manon, provider="agg")
    gone = [each for each in town.sent() if each.content is None]
    assert gone

    assert sum(row["waiting"] + row["overdue"] for row in at(0).providers) == len(gone)
    assert sum(row["overdue"] for row in at(9).providers) == len(gone)

    for each in gone:
        town.erased(each)
    rows = at(9).providers
    assert [row["overdue"] + row["waiting"] for row in rows] == [0] * len(rows)
    assert sum(row["receipts"] for row in rows) == len(gone)
    assert {row["provider"] for row in rows} == {"agg"}


def test_the_office_reads_numbers_alone_and_nobody_else_does(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    town.ask(guardians.close_link, subject=claire, child_id=manon, provider="agg")
    make.register(register_file)
    office = town.has_desk_agent("data_protection")

    answer = town.at_desk(erasures.town_erasures, subject=office)

    assert manon not in str(answer)
    with pytest.raises(PermissionError):
        town.at_desk(erasures.town_erasures, subject=town.has_desk_agent("counter"))
