"""Engines: turns of writers on SQLite, which errors are a database that is away, and drivers."""

import sqlite3
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.pool import QueuePool

from shared.database import Store
from shared.database.engines import (
    WriteWaitedTooLong,
    WroteInRead,
    is_database_away,
    open_engine,
)
from shared.settings import Settings, SettingsIncomplete
from tests.databases import Database
from tests.faults.writing import start_at, total
from tests.kit.town import KitTown

pytestmark = pytest.mark.both_databases


def test_a_write_that_waited_too_long_says_so(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no one write lock")
    monkeypatch.setattr("shared.database.engines.WRITE_WAIT_SECONDS", 0.3)  # the figure alone
    other = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    started = time.monotonic()
    with pytest.raises(WriteWaitedTooLong) as waited, store.write():
        pass
    assert 0.3 <= time.monotonic() - started < 3
    assert is_database_away(waited.value)

    assert total(store, "free") is None  # reads went on
    other.execute("COMMIT")
    with store.write() as write:
        start_at(write, "free", 1)
    assert total(store, "free") == 1
    other.close()


def test_a_mistake_in_a_statement_is_not_taken_for_a_database_that_is_away(store: Store) -> None:
    with pytest.raises(DBAPIError) as mistaken, store.read() as read:
        read.execute(text("SELECT nothing FROM nowhere"))

    assert not is_database_away(mistaken.value)


def test_a_pool_whose_connections_are_all_in_use_is_a_database_that_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = store.engine.pool
    assert isinstance(pool, QueuePool)
    monkeypatch.setattr(pool, "_timeout", 0.1)  # the figure alone
    monkeypatch.setattr(pool, "_max_overflow", 0)

    with ExitStack() as taken:
        for _connection in range(pool.size()):
            taken.enter_context(store.engine.connect())
        with pytest.raises(TimeoutError) as waited:
            store.engine.connect()

    assert is_database_away(waited.value)


@pytest.mark.parametrize(
    ("setting", "then"),
    [
        ("idle_in_transaction_session_timeout = 50", "SELECT pg_sleep(0)"),
        ("lock_timeout = 50", "LOCK TABLE counter"),
        ("statement_timeout = 50", "SELECT pg_sleep(5)"),
        ("transaction_read_only = on", "DELETE FROM counter"),
    ],
    ids=["ended_while_idle", "waited_for_a_lock", "took_too_long", "reads_only_after_a_failover"],
)
def test_what_a_server_ends_or_refuses_for_now_is_a_database_that_is_away(
    store: Store, setting: str, then: str
) -> None:
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    with store.engine.connect() as other, store.engine.connect() as connection:
        other.execute(text("LOCK TABLE counter IN ROW EXCLUSIVE MODE"))
        connection.execute(text(f"SET LOCAL {setting}"))
        time.sleep(0.3)

        with pytest.raises(DBAPIError) as ended:
            connection.execute(text(then))

        assert is_database_away(ended.value)


def test_a_write_where_only_reads_are_is_a_mistake_and_not_tried_again(store: Store) -> None:
    """As a failover it would be tried for ever, and hold up all that comes behind."""
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite lets a read write")

    with pytest.raises(WroteInRead) as mistaken, store.read() as read:
        read.execute(text("DELETE FROM counter"))

    assert not is_database_away(mistaken.value)


def test_plain_postgresql_is_refused_at_start(kit: KitTown) -> None:
    plain = "postgresql://somebody@127.0.0.1/preau"

    with pytest.raises(SettingsIncomplete):
        Settings.from_env(kit.environment("dossier", plain))
    with pytest.raises(ValueError, match="psycopg2"):
        open_engine(plain)
