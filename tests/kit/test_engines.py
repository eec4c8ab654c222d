"""Engines: turns of writers on SQLite, which errors are a database that is away, and drivers."""

import sqlite3
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.database import Store
from shared.database.engines import WriteWaitedTooLong, is_database_away, open_engine
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


def test_plain_postgresql_is_refused_at_start(kit: KitTown) -> None:
    plain = "postgresql://somebody@127.0.0.1/preau"

    with pytest.raises(SettingsIncomplete):
        Settings.from_env(kit.environment("dossier", plain))
    with pytest.raises(ValueError, match="psycopg2"):
        open_engine(plain)
