"""Databases that are copied while money passes between them agree on how much there is."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from deploy.one_moment import NotQuiet, one_moment

IN_ALL = 1000


class Carrier(threading.Thread):
    """
    Takes one out of the first database, carries it, and puts it into the second, on and on.

    As services do: what is told waits in the first until the broker has it, and then lies there.
    """

    def __init__(self, giver: Path, taker: Path) -> None:
        super().__init__(daemon=True)
        self.giver, self.taker = giver, taker
        self.carried = 0
        self.arrived, self.over = threading.Event(), threading.Event()

    def run(self) -> None:
        with closing(opened(self.giver)) as giver, closing(opened(self.taker)) as taker:
            while not self.over.is_set():
                giver.execute("UPDATE held SET number = number - 1, waits = 1")
                self.carried = 1
                giver.execute("UPDATE held SET waits = 0")
                self.over.wait(0.002)  # on its way, and in neither database
                taker.execute("UPDATE held SET number = number + 1")
                self.carried = 0
                self.arrived.set()
                self.over.wait(0.002)  # a moment of quiet, which memory alone would not give


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=20.0, isolation_level=None)


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Give two databases, the first of which holds everything."""
    paths = [tmp_path / "giver.sqlite", tmp_path / "taker.sqlite"]
    for path, number in zip(paths, (IN_ALL, 0), strict=True):
        with closing(opened(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE held (number INTEGER, waits INTEGER)")
            database.execute("INSERT INTO held VALUES (?, 0)", (number,))
    return paths


@contextmanager
def carrying(two: list[Path]) -> Iterator[Carrier]:
    carrier = Carrier(*two)
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.over.set()
        carrier.join()


def held(reader: sqlite3.Connection) -> int:
    return int(reader.execute("SELECT number + waits FROM held").fetchone()[0])


def test_what_passes_between_two_databases_is_in_one_of_them_at_the_moment_that_is_read(
    two: list[Path],
) -> None:
    moments = []
    with carrying(two) as carrier:
        for _ in range(3):
            carrier.arrived.clear()
            assert carrier.arrived.wait(60)
            with one_moment(two, lambda: not carrier.carried, 60) as (giver, taker):
                first = held(giver), held(taker)
                moments.append(first)
                assert (held(giver), held(taker)) == first  # it stays that moment, writes going on

    assert [giver + taker for giver, taker in moments] == [IN_ALL] * 3
    assert len(set(moments)) > 1


def test_a_moment_at_which_something_is_on_its_way_is_not_taken(two: list[Path]) -> None:
    with pytest.raises(NotQuiet), one_moment(two, lambda: False, 0.1):
        pass

    with closing(opened(two[0])) as database:  # and nobody is held any longer
        database.execute("UPDATE held SET number = 1")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nobody.sqlite"

    with pytest.raises(sqlite3.OperationalError), one_moment([path], lambda: True, 0.1):
        pass

    assert not path.exists()
