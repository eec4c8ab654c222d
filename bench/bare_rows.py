"""The limit of a write of a section: its rows and its messages alone, without what decides them."""

import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from amqp import Channel
from kombu import Connection

from bench.town import Town
from shared.bus.broker.publisher import CONFIRMED, Publisher
from shared.database.migrations import migrate
from shared.runtime.ids import new_id

AT_ONCE = 10
"""Messages confirmed together, and events in one transaction, as the services have them."""

WAIT_SECONDS = 10.0
MESSAGES_PER_WRITE = 3
"""A request, its answer, and the projection; of its receipt there is one for many."""

BODY_BYTES = 400

OF_WRITE: Mapping[str, Sequence[str]] = {
    "dossier": ("answered", "section", "section_history", "projection", "outbox", "sent"),
    "enrolment": ("inbox", "held_projection", "outbox", "sent"),
}
"""Tables in which a write leaves a row at each service; a row of the outbox goes again."""

Rows = dict[str, list[tuple[Any, ...]]]


def bare_rate(town: Town, replica: str, count: int) -> float:
    """Return how many writes' rows and messages this machine takes in a second."""
    principals = {"dossier": "dossier", "enrolment": replica}
    with tempfile.TemporaryDirectory() as folder:
        inserting = sum(
            _insert(town, service, principal, Path(folder), count)
            for service, principal in principals.items()
        )
    return count / (inserting + _send(town, replica, count * MESSAGES_PER_WRITE))


def _insert(town: Town, service: str, principal: str, folder: Path, count: int) -> float:
    """Insert what so many writes left at one service; return the seconds."""
    rows = _rows_left(town, principal, OF_WRITE[service])
    path = folder / f"{service}.sqlite"
    migrate(service, f"sqlite:///{path}")
    per_commit = 1 if service == "dossier" else AT_ONCE
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA foreign_keys=OFF")
        start = time.monotonic()
        for first in range(0, count, per_commit):
            database.execute("BEGIN IMMEDIATE")
            for number in range(first, first + per_commit):
                for table, some in rows.items():
                    row = some[number % len(some)]
                    marks = ", ".join("?" * len(row))
                    database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
            database.execute("COMMIT")
        return time.monotonic() - start


def _rows_left(town: Town, principal: str, tables: Sequence[str]) -> Rows:
    with closing(town.database(principal)) as database:
        left = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    return {name: rows for name, rows in left.items() if rows}


def _send(town: Town, replica: str, count: int) -> float:
    """Publish so many messages, each confirmed and acknowledged; return the seconds."""
    settings = town.settings("dossier")
    queue = f"in.{replica}.events"
    town.empty_queue(queue)
    publisher = Publisher(settings.amqp_uri, "dossier", confirms=True)
    with Connection(town.settings(replica).amqp_uri) as connection:
        channel = connection.channel()
        arrived = _Arrived(channel, queue)
        start = time.monotonic()
        for _ in range(0, count, AT_ONCE):
            receipts = [
                publisher.publish(
                    "out.dossier",
                    f"event.{replica}.care_core",
                    b"x" * BODY_BYTES,
                    message_id=new_id(),
                    type="bare",
                    headers={"version": 1},
                    persistent=True,
                )
                for _ in range(AT_ONCE)
            ]
            assert all(receipt.wait(WAIT_SECONDS) == CONFIRMED for receipt in receipts)
        while arrived.count < count:
            connection.drain_events(timeout=WAIT_SECONDS)
        seconds = time.monotonic() - start
    publisher.close()
    return seconds


class _Arrived:
    """A consumer that counts, and acknowledges ten at a time."""

    def __init__(self, channel: Channel, queue: str) -> None:
        self.count = 0
        self._channel = channel
        channel.basic_qos(0, AT_ONCE * AT_ONCE, False)
        channel.basic_consume(queue, callback=self._take)

    def _take(self, message: Any) -> None:
        self.count += 1
        if self.count % AT_ONCE == 0:
            self._channel.basic_ack(message.delivery_tag, multiple=True)
