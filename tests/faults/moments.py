"""Moments of the tiny services' databases, taken as a copy takes them."""

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from deploy.backups.databases.interface import Opened
from deploy.backups.databases.postgres_server import OpenedDatabase
from deploy.backups.databases.sqlite_files import OpenedFile
from deploy.backups.held_relays import HeldRelays
from deploy.backups.quiet_moment import Moments
from shared.bus.handling.drain_marks import Marks
from tests.faults.scene import ALPHA, BETA, Scene, fresh_name

LONG = 60.0


@dataclass(frozen=True)
class Taking:
    """A taker of moments, and the databases that are read at them, by principal."""

    data: Mapping[str, Opened]
    moments: Moments


@contextmanager
def taking(scene: Scene, marks: Marks) -> Iterator[Taking]:
    """Give who takes a moment of both databases of a scene."""
    with ExitStack() as stack:
        data = {name: stack.enter_context(closing(opened(scene, name))) for name in (ALPHA, BETA)}
        stores = {name: stack.enter_context(scene.store(name)) for name in (ALPHA, BETA)}
        relays = HeldRelays(stores)
        yield Taking(data, Moments(scene.town.broker, [*data.values()], data, relays, marks))


def opened(scene: Scene, principal: str) -> Opened:
    database = scene.databases[principal]
    if database.on_postgresql:
        return OpenedDatabase(database.owner_url)
    return OpenedFile(Path(database.url.removeprefix("sqlite:///")))


def moments_while_families_write(
    scene: Scene, moments: Taking, times: int
) -> list[tuple[int, int]]:
    """Return how much was told at each moment, and how much of it was heard or waited there."""
    names, over = [fresh_name() for _ in range(3)], Event()

    def write(name: str) -> None:
        while not over.is_set():
            scene.count(name)

    with ThreadPoolExecutor(len(names)) as pool:
        writing = [pool.submit(write, name) for name in names]
        try:
            found = [told_and_heard(moments, names) for _ in range(times)]
        finally:
            over.set()
        for each in writing:
            each.result()
    return found


def told_and_heard(moments: Taking, names: list[str]) -> tuple[int, int]:
    """Take a moment; return how much alpha counted then, and beta with what waited at alpha."""
    assert moments.moments.take_moment(LONG, anyway=False).is_proven_quiet
    data = moments.data
    waiting = {f"{ALPHA}:{id_}" for id_ in read(data[ALPHA], "SELECT id FROM outbox")}
    waiting -= set(read(data[BETA], "SELECT id FROM inbox"))
    these = ", ".join(f"'{name}'" for name in names)
    counted = f"SELECT COALESCE(SUM(total), 0) FROM counter WHERE name IN ({these})"
    [told], [heard] = read(data[ALPHA], counted), read(data[BETA], counted)
    return int(told), int(heard) + len(waiting)


@contextmanager
def frozen(*processes: Any) -> Iterator[None]:
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGCONT)


def read(database: Opened, query: str) -> list[Any]:
    with closing(database.reading.cursor()) as cursor:
        cursor.execute(query)
        return [value for (value,) in cursor.fetchall()]
