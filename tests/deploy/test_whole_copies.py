"""
Entries of families made while copies run are in each copy: at publisher and subscriber.
"""

import json
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from amqp import Connection

from deploy.engines.rabbitmq_node import BrokerNode
from shared.contracts.dossier import guardians
from shared.contracts.errors import Refusal
from shared.dates.clock import today
from shared.register import Register
from shared.runtime.ids import moment_of_id
from tests.deploy.one_family import LOGIN
from tests.journeys.bus import guardian, until
from tests.journeys.databases import found
from tests.journeys.town import DemoTown

COPIES = 3
TAP = "tap.of.all"
MENUS = ("vegetarian", "no_pork")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give where copies may lie."""
    folder = Path(tempfile.mkdtemp(prefix="preau-whole-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def channel_of(town: DemoTown) -> Iterator[Any]:
    """Open a channel of the broker's administrator."""
    node = BrokerNode(town.instance)
    user, password = node.admin
    with Connection(f"127.0.0.1:{node.amqp_port}", user, password) as connection:
        yield connection.channel()


@contextmanager
def tapped(town: DemoTown) -> Iterator[None]:
    """Have every event that anybody publishes fall into one more queue."""
    rows = Register(town.instance.register_path).now.deliveries
    with channel_of(town) as channel:
        channel.queue_declare(TAP, durable=True, auto_delete=False)
        for row in rows:
            channel.queue_bind(TAP, f"out.{row.source}", row.key)
    try:
        yield
    finally:
        with channel_of(town) as channel:
            channel.queue_delete(TAP)


def published(town: DemoTown) -> set[tuple[str, str, str]]:
    """Return source, key and id of each event that fell there."""
    with channel_of(town) as channel:
        taken = iter(lambda: channel.basic_get(TAP, no_ack=True), None)
        return {
            (
                each.delivery_info["exchange"].removeprefix("out."),
                each.delivery_info["routing_key"],
                each.properties["message_id"],
            )
            for each in taken
        }


@contextmanager
def families_write(town: DemoTown) -> Iterator[None]:
    """Change a child's diet and its household's address, as fast as it goes, while it lasts."""
    over = Event()

    def write(act: Callable[[DemoTown, Any, int], None]) -> int:
        number = 0
        with guardian(town, LOGIN) as ask:
            while not over.is_set():
                number += 1
                with suppress(Refusal):  # it came between another's reading and his writing
                    act(town, ask, number)
        return number

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write, act) for act in (eats, moves)]
        try:
            yield
        finally:
            over.set()
        assert all(each.result() > 1 for each in writing)


def eats(town: DemoTown, ask: Any, number: int) -> None:
    """Let a guardian say one thing, then another."""
    child = ask(guardians.my_children).children[0]
    section = {"child_id": child["id"], "section": "diet"}
    base = ask(guardians.read_section, **section).version
    content = {"menu": MENUS[number % len(MENUS)], "without": []}
    ask(guardians.write_section, **section, base_version=base, content=content)


def moves(town: DemoTown, ask: Any, number: int) -> None:
    """Let a guardian say where the household lives."""
    home = ask(guardians.my_children).households[0]
    base = ask(guardians.my_household, household_id=home).version
    place = {"postcode": "28000", "insee": "", "commune": "Ailleurs", "valid_from": today()}
    moved = {"household_id": home, "base_version": base, "street": f"{number} rue Haute"}
    ask(guardians.move_household, **moved, **place)


def lacking(town: DemoTown, copy: Path, told: set[tuple[str, str, str]]) -> list[str]:
    """Return which events of before the copy are neither at who told them nor at who hears them."""
    moment = datetime.fromisoformat(json.loads((copy / "backup.json").read_text())["at"])
    inboxes = {file.stem: ids(file, "inbox") for file in (copy / "data").iterdir()}
    outboxes = {file.stem: ids(file, "outbox") for file in (copy / "data").iterdir()}
    return [
        f"{row.key} at {row.consumer}"
        for row in Register(town.instance.register_path).now.deliveries
        for source, key, id_ in told
        if (row.source, row.key) == (source, key)
        and (moment_of_id(id_) or 0.0) < moment.timestamp()
        and id_ not in outboxes[source]
        and f"{source}:{id_}" not in inboxes[row.consumer]
    ]


def ids(file: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {id_ for (id_,) in connection.execute(f"SELECT id FROM {table}")}


@contextmanager
def frozen(town: DemoTown, process: str) -> Iterator[None]:
    """Stop a process where it stands; its connections stay."""
    pid = town.pid(process)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_each_copy_that_is_made_while_families_write_holds_all_that_was_told(
    small_town: DemoTown, folder: Path
) -> None:
    copies = [folder / str(number) for number in range(COPIES)]
    with tapped(small_town):
        with families_write(small_town):
            for copy in copies:
                small_town.preau("backup", str(copy))
        told = published(small_town)

    assert len(told) > COPIES
    assert {copy.name: lacking(small_town, copy, told) for copy in copies} == {
        copy.name: [] for copy in copies
    }


def test_while_billing_is_frozen_no_copy_says_that_it_is_whole(
    small_town: DemoTown, folder: Path
) -> None:
    """A changed address has just left the dossier, and no figure of the broker's shows it yet."""
    town, copy = small_town, folder / "frozen"
    with frozen(town, "billing"):
        with guardian(town, LOGIN) as ask:
            moves(town, ask, 0)
        until(lambda: not found(town, "dossier", "SELECT id FROM outbox"))

        said = town.preau("backup", str(copy), "--wait", "0", ok=False)

    assert said.returncode == 1
    assert "in.billing.events" in said.stderr
    assert not copy.exists()
    town.preau("backup", str(copy))
    assert json.loads((copy / "backup.json").read_text("utf-8"))["one_moment"]
