"""Databases that are copied while money passes between them agree on how much there is."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from deploy.backups.databases.postgres_server import OpenedDatabase
from deploy.backups.databases.sqlite_files import OpenedFile
from deploy.backups.joint_snapshot import NotQuiet, begin_reads_at_one_moment
from deploy.engines.own_postgres import PostgresCluster

IN_ALL = 1000


@dataclass(frozen=True)
class Two:
    """Two databases, the first of which holds everything; each committing what it is told."""

    connects: list[Callable[[], Any]]
    opens: list[Callable[[], Any]]


class Carrier(threading.Thread):
    """
    Takes one out of the first database, carries it, and puts it into the second, on and on.

    As services do: events wait in the first outbox until the broker has them.
    """

    def __init__(self, two: Two) -> None:
        super().__init__(daemon=True)
        self.two = two
        self.carried = 0
        self.arrived, self.over = threading.Event(), threading.Event()

    def run(self) -> None:
        with connected(self.two) as (giver, taker):
            while not self.over.is_set():
                change(giver, "UPDATE held SET number = number - 1, waits = 1")
                self.carried = 1
                change(giver, "UPDATE held SET waits = 0")
                self.over.wait(0.002)  # on its way, and in neither database
                change(taker, "UPDATE held SET number = number + 1")
                self.carried = 0
                self.arrived.set()
                self.over.wait(0.002)  # a moment of quiet, which memory alone would not give


@pytest.fixture(params=["files", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Two]:
    """Give the two, as files and as databases of a server."""
    if request.param == "files":
        paths = [tmp_path / "giver.sqlite", tmp_path / "taker.sqlite"]
        two = Two(
            [lambda path=path: sqlite3.connect(path, 20.0, isolation_level=None) for path in paths],
            [lambda path=path: OpenedFile(path) for path in paths],
        )
        filled(two, "PRAGMA journal_mode=WAL")
        yield two
        return
    cluster: PostgresCluster = request.getfixturevalue("cluster")
    names = ["moment_giver", "moment_taker"]
    for name in names:
        cluster.create_database(name)
    urls = [cluster.owner_url(name) for name in names]
    two = Two(
        [lambda url=url: committing(url) for url in urls],
        [lambda url=url: OpenedDatabase(url) for url in urls],
    )
    filled(two)
    yield two
    for name in names:
        cluster.drop_database(name)


def committing(url: str) -> Any:
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    connection.autocommit = True
    return connection


def filled(two: Two, *first: str) -> None:
    with connected(two) as databases:
        for database, number in zip(databases, (IN_ALL, 0), strict=True):
            for statement in first:
                change(database, statement)
            change(database, "CREATE TABLE held (number INTEGER, waits INTEGER)")
            change(database, f"INSERT INTO held VALUES ({number}, 0)")


@contextmanager
def connected(two: Two) -> Iterator[list[Any]]:
    with closing(two.connects[0]()) as giver, closing(two.connects[1]()) as taker:
        yield [giver, taker]


@contextmanager
def opened(two: Two) -> Iterator[list[Any]]:
    with closing(two.opens[0]()) as giver, closing(two.opens[1]()) as taker:
        yield [giver, taker]


@contextmanager
def carrying(two: Two) -> Iterator[Carrier]:
    carrier = Carrier(two)
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.over.set()
        carrier.join()


def change(connection: Any, statement: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement)


def waits(watching: Any, mode: str) -> None:
    """Return once somebody waits for a lock of this mode."""
    with closing(watching.cursor()) as cursor:
        while not cursor.rowcount > 0:
            cursor.execute("SELECT 1 FROM pg_locks WHERE mode = %s AND NOT granted", (mode,))


def held(database: Any) -> int:
    with closing(database.reading.cursor()) as cursor:
        cursor.execute("SELECT number + waits FROM held")
        return int(cursor.fetchone()[0])


def test_what_passes_between_two_databases_is_in_one_of_them_at_the_moment_that_is_read(
    two: Two,
) -> None:
    moments = []
    with carrying(two) as carrier:
        for _ in range(3):
            carrier.arrived.clear()
            assert carrier.arrived.wait(60)
            with opened(two) as (giver, taker):
                begin_reads_at_one_moment([giver, taker], lambda: not carrier.carried, 60)
                first = held(giver), held(taker)
                moments.append(first)
                carrier.arrived.clear()
                assert carrier.arrived.wait(60)  # writes go on
                assert (held(giver), held(taker)) == first  # it stays that moment

    assert [giver + taker for giver, taker in moments] == [IN_ALL] * 3
    assert len(set(moments)) > 1


def test_a_moment_at_which_something_is_on_its_way_is_not_taken(two: Two) -> None:
    with opened(two) as databases:
        with pytest.raises(NotQuiet):
            begin_reads_at_one_moment(databases, lambda: False, 0.1)

        with connected(two) as (giver, _):  # and nobody is held any longer
            change(giver, "UPDATE held SET number = 1")


def test_nobody_who_writes_is_ended_for_the_sake_of_a_copy(cluster: PostgresCluster) -> None:
    """The copy holds a, waits for b, then for c; meanwhile who has written to c wants a."""
    cluster.create_database("moment_held")
    url = cluster.owner_url("moment_held")
    with (
        closing(committing(url)) as brief,
        closing(committing(url)) as crossing,
        closing(committing(url)) as watching,
        closing(OpenedDatabase(url)) as database,
        ThreadPoolExecutor(2) as pool,
    ):
        for name in ("a_first", "b_middle", "c_last"):
            change(watching, f"CREATE TABLE {name} (number INTEGER)")
        brief.autocommit = crossing.autocommit = False
        change(brief, "INSERT INTO b_middle VALUES (1)")
        change(crossing, "INSERT INTO c_last VALUES (1)")

        def crosses() -> None:
            waits(watching, "ShareLock")
            wanting = pool.submit(change, crossing, "INSERT INTO a_first VALUES (1)")
            waits(watching, "RowExclusiveLock")
            brief.commit()
            wanting.result(20)  # it had its way, and no error

        crossed = pool.submit(crosses)
        with pytest.raises(NotQuiet):
            begin_reads_at_one_moment([database], lambda: True, 0.0)
        crossed.result(20)

        crossing.commit()
        begin_reads_at_one_moment([database], lambda: True, 0.0)
    cluster.drop_database("moment_held")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nobody.sqlite"

    with pytest.raises(sqlite3.OperationalError):
        OpenedFile(path)

    assert not path.exists()
