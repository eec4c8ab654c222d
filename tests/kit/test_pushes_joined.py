"""Rows of the outbox that leave as one message."""

import json
from collections.abc import Collection

import pytest
from sqlalchemy import select

from shared.bus.outbox_batches import Publication, publications_of
from shared.contracts.every_service import live_pushes
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now
from tests.databases import Database
from tests.faults.writing import connected
from tests.kit import models
from tests.kit.town import create_tables

pytestmark = pytest.mark.both_databases


def leaving(database: Database, *changes: Collection[str]) -> list[Publication]:
    """Publish that these audiences have something to look at, and return what leaves now."""
    create_tables(database)
    store = connected(database.url)
    outbox = kit_table(models.Base.metadata, "outbox")
    with store.write() as write:
        for audiences in changes:
            write.publish(live_pushes.changed, live_pushes.Changed(list(audiences)))
    with store.read() as read:
        due = select(outbox).where(outbox.c.next_at <= now()).order_by(outbox.c.id)
        rows = read.execute(due).all()
    store.close()
    return publications_of((row, bytes(row.body)) for row in rows)


def test_changes_leave_at_once_and_each_audience_is_named_once(database: Database) -> None:
    (only,) = leaving(database, ["applications"], ["a person"], ["applications"])

    assert json.loads(only.body) == {"audiences": ["applications", "a person"]}
    assert len(only.rows) == 3


def test_no_message_names_more_audiences_than_its_contract_takes(database: Database) -> None:
    many = [f"{number}" for number in range(live_pushes.MOST)]

    first, second = leaving(database, many, [many[0], "one more"])

    assert json.loads(first.body) == {"audiences": many}
    assert json.loads(second.body) == {"audiences": [many[0], "one more"]}
