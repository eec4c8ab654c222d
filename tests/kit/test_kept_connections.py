"""Connections that pass from test to test: whoever comes next finds a whole one of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from deploy.engines.own_postgres import PostgresCluster
from shared.database.engines import open_engine
from tests.databases import Database, lent

PROCESS = text("SELECT pg_backend_pid()")
SETTINGS = ("search_path", "lock_timeout", "transaction_read_only")


@pytest.fixture
def database(cluster: PostgresCluster, tmp_path: Path) -> Iterator[Database]:
    """Give a database on PostgreSQL whose connections are kept."""
    with lent(cluster, f"sqlite:///{tmp_path}/keys.sqlite") as database:
        database.empty()
        yield database


def test_a_connection_passes_to_the_next_one_and_to_no_forked_process(database: Database) -> None:
    ours = process_serving(database)
    answers, answer = os.pipe()

    if (pid := os.fork()) == 0:
        try:
            os.write(answer, str(process_serving(database)).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)

    assert int(os.read(answers, 20)) != ours
    assert process_serving(database) == ours


def test_nothing_that_was_set_or_begun_in_a_connection_is_there_for_the_next_one(
    database: Database,
) -> None:
    ours = process_serving(database)
    with open_engine(database.url).connect() as connection:
        left = connection.connection.driver_connection
        assert left is not None
        connection.rollback()
        left.set_session(readonly=True, autocommit=True)
        left.cursor().execute("SET search_path = nowhere; SET lock_timeout = 1")
        left.cursor().execute("SELECT pg_advisory_lock(7)")
        left.close()
        connection.invalidate()

    assert process_serving(database) == ours
    with open_engine(database.url).begin() as connection:
        shown = [connection.scalar(text(f"SHOW {name}")) for name in SETTINGS]
        locks = connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
    assert (shown, locks) == (['"$user", public', "0", "off"], 0)


def process_serving(database: Database) -> int:
    """Return which of the server's processes serves who connects, and part from it."""
    engine: Engine = open_engine(database.url)
    with engine.connect() as connection:
        process = int(connection.execute(PROCESS).scalar_one())
    engine.dispose()
    return process
