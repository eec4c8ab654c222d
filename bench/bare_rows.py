"""The limit of what a town does: its rows and its messages alone, without what decides them."""

import sqlite3
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqp import Channel
from kombu import Connection

from bench.town import Town
from shared.bus.broker.publisher import CONFIRMED, Publisher
from shared.database.migrations.migrate import migrate
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

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
KEPT_BY_DATABASE = ("_sum", "sqlite_sequence", "alembic_version")
"""Ends of names of tables of which no service writes a row itself."""

Row = tuple[str, tuple[Any, ...]]
"""A row with its table."""

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Left:
    """Rows of each piece of work left at one service, so many pieces in a commit."""

    service: str
    pieces: Sequence[Sequence[Row]]
    per_commit: int = AT_ONCE


def bare_rate(town: Town, replica: str, count: int) -> float:
    """Return how many writes' rows and messages this machine takes in a second."""
    lefts = [
        Left("dossier", _one_of_each(town, "dossier", OF_WRITE["dossier"], count), 1),
        Left("enrolment", _one_of_each(town, replica, OF_WRITE["enrolment"], count)),
    ]
    return count / seconds_of(town, replica, lefts, count * MESSAGES_PER_WRITE)


def seconds_of(town: Town, replica: str, lefts: Sequence[Left], messages: int) -> float:
    """Return how long these rows take alone, and so many messages after them."""
    with tempfile.TemporaryDirectory() as folder:
        inserting = sum(_insert(left, Path(folder)) for left in lefts)
    return inserting + _send(town, replica, messages)


def _one_of_each(
    town: Town, principal: str, tables: Sequence[str], count: int
) -> Sequence[Sequence[Row]]:
    """Return for each piece of work a row of each of these tables, again where there are fewer."""
    rows = rows_of(town, principal, tables)
    return [
        [(table, some[number % len(some)]) for table, some in rows.items()]
        for number in range(count)
    ]


def _insert(left: Left, folder: Path) -> float:
    """Insert what was left at one service; return the seconds."""
    path = folder / f"{left.service}.sqlite"
    migrate(left.service, f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA foreign_keys=OFF")
        start = time.monotonic()
        for first in range(0, len(left.pieces), left.per_commit):
            database.execute("BEGIN IMMEDIATE")
            for piece in left.pieces[first : first + left.per_commit]:
                for table, row in piece:
                    marks = ", ".join("?" * len(row))
                    database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
            database.execute("COMMIT")
        return time.monotonic() - start


def rows_of(town: Town, principal: str, tables: Iterable[str]) -> Rows:
    """Return the rows of these tables that a principal has, of those with any."""
    with closing(town.database(principal)) as database:
        left = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    return {name: rows for name, rows in left.items() if rows}


def tables_of(town: Town, principal: str) -> list[str]:
    """Return the tables of which the service of a principal writes rows itself."""
    with closing(town.database(principal)) as database:
        names = [name for (name,) in database.execute(TABLES)]
    return [name for name in names if not name.endswith(KEPT_BY_DATABASE)]


def shared_out(rows: Rows, count: int) -> list[list[Row]]:
    """Return the rows of so many pieces of work, as evenly as there are rows."""
    return [
        [
            (table, row)
            for table, some in rows.items()
            for row in some[number * len(some) // count : (number + 1) * len(some) // count]
        ]
        for number in range(count)
    ]


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
