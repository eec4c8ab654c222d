"""Another key for what a service sealed with its own: all of a database, or nothing of it."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from shared.database import Store, Unreadable, Vault
from shared.database.keys.resealing import AT_ONCE, NeitherKey, reseal_columns
from shared.database.keys.vault import WRAPPED, create_key_store
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.faults.writing import child
from tests.kit import contracts, models
from tests.kit.town import create_tables

pytestmark = pytest.mark.both_databases

FORMER, NEW = bytes(range(32)), bytes(range(32, 64))
TOLD, CHILDREN = 3, 4

outbox = models.Base.metadata.tables["outbox"]


@dataclass(frozen=True)
class Ground:
    """A service's database and its keys, in which something is sealed with FORMER."""

    url: str
    keys_url: str
    sealed: list[bytes]

    def told(self, key: bytes) -> list[bytes]:
        """Return what waits to leave, opened; raises Unreadable."""
        store = Store("kit", models.Base.metadata)
        store.connect(self.url, key=key)
        with store.read() as read:
            bodies = [store.unsealed_body(row) for row in read.execute(select(outbox))]
        store.close()
        return bodies

    def opened(self, key: bytes) -> list[str]:
        """Return what was sealed for each child; raises Unreadable."""
        vault = Vault(self.keys_url, key)
        return [vault.open(child(at), "kit.value", each) for at, each in enumerate(self.sealed)]

    def change(self) -> int:
        many = reseal_columns(self.url, models.store.sealed_columns, FORMER, NEW)
        return many + reseal_columns(self.keys_url, [WRAPPED], FORMER, NEW)


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    create_tables(database)
    keys_url = database.url if database.on_postgresql else database.keys_url
    create_key_store(database.owner_url if database.on_postgresql else keys_url)
    store, vault = Store("kit", models.Base.metadata), Vault(keys_url, FORMER)
    store.connect(database.url, key=FORMER)
    with store.write() as write:
        for at in range(TOLD):
            write.publish(contracts.counted, contracts.Counted(f"n{at}", at + 1))
    store.close()
    sealed = [vault.seal(child(at), "kit.value", f"value {at}") for at in range(CHILDREN)]
    yield Ground(database.url, keys_url, sealed)


def test_what_waits_and_each_subject_s_key_open_with_the_new_key_alone(ground: Ground) -> None:
    before = ground.told(FORMER)

    assert ground.change() == TOLD + CHILDREN

    assert ground.told(NEW) == before
    assert ground.opened(NEW) == [f"value {at}" for at in range(CHILDREN)]
    for former in (ground.told, ground.opened):
        with pytest.raises(Unreadable):
            former(FORMER)


def test_it_may_be_repeated_and_takes_up_what_has_the_new_key_already(ground: Ground) -> None:
    reseal_columns(ground.url, models.store.sealed_columns, FORMER, NEW)

    assert ground.change() == CHILDREN
    assert ground.change() == 0
    assert len(ground.told(NEW)) == TOLD and len(ground.opened(NEW)) == CHILDREN


def test_where_one_value_opens_with_neither_key_nothing_is_changed(ground: Ground) -> None:
    vault = Vault(ground.keys_url, os.urandom(32))
    vault.seal(new_id(), "kit.value", "of another key")

    with pytest.raises(NeitherKey, match="subject_key"):
        reseal_columns(ground.keys_url, [WRAPPED], FORMER, NEW)

    assert len(ground.opened(FORMER)) == CHILDREN


def test_killed_at_any_statement_each_database_has_the_one_key_or_the_other(
    ground: Ground,
) -> None:
    for step in count(1):
        ended = _killed_at(step, ground)
        for what in (ground.told, ground.opened):
            assert _opens(what, FORMER) is not _opens(what, NEW), step
        if ended == 0:
            break

    assert step > 6
    assert _opens(ground.told, NEW) and _opens(ground.opened, NEW)


def test_more_values_than_one_statement_takes_are_all_changed(ground: Ground) -> None:
    vault = Vault(ground.keys_url, FORMER)
    vault.prepare_keys(new_id() for _ in range(AT_ONCE + 1))

    assert ground.change() == TOLD + CHILDREN + AT_ONCE + 1
    assert ground.change() == 0


def _opens(what: Callable[[bytes], list[Any]], key: bytes) -> bool:
    try:
        return bool(what(key))
    except Unreadable:
        return False


def _killed_at(step: int, ground: Ground) -> int:
    """Change the keys in a process that dies before its so-manieth statement or commit."""
    pid = os.fork()
    if pid == 0:
        try:
            _die_at(step)
            ground.change()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1]


def _die_at(step: int) -> None:
    steps = iter(range(step - 1))

    def dies(*_: object) -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", dies)
    event.listen(Engine, "commit", dies)
