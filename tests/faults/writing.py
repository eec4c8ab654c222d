"""Writes to a database, by tests themselves or in processes of their own (tests/forked.py)."""

from base64 import b64decode
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from sqlalchemy import insert, select, update

from shared.database import Store, Vault, Write
from tests.kit import models


def connected(url: str) -> Store:
    """Return the kit's store at this address."""
    store = Store("kit", models.Base.metadata)
    store.connect(url)
    return store


def total(store: Store, name: str) -> int | None:
    """Return a counter as it is stored now."""
    with store.read() as read:
        return read.scalar(select(models.counter.c.total).where(models.counter.c.name == name))


def add(write: Write, name: str, more: int) -> None:
    """Read a counter, and write what was read and `more`: only one at a time may do so."""
    total = write.scalar(
        select(models.counter.c.total).where(models.counter.c.name == name).with_for_update()
    )
    write.execute(
        update(models.counter).where(models.counter.c.name == name).values(total=total + more)
    )


def start_at(write: Write, name: str, total: int) -> None:
    """Make a counter."""
    write.execute(insert(models.counter), [{"name": name, "total": total}])


def count(url: str, name: str, times: int) -> None:
    """Add one to a counter so many times."""
    store = connected(url)
    for _ in range(times):
        with store.write() as write:
            add(write, name, 1)


def move(url: str, first: str, second: str, moved: Event) -> None:
    """Move one from a counter to another, again and again, until the process is killed."""
    store = connected(url)
    while True:
        with store.write() as write:
            add(write, first, 1)
            add(write, second, -1)
        moved.set()


def child(number: int) -> str:
    """Return the id of one of many."""
    return f"00000000-0000-7000-8000-{number:012}"


def seal(url: str, key: str, times: int, together: Barrier, file: str) -> None:
    """Seal a value for each of many, all who seal at once; write what it gave to a file."""
    together.wait(30)
    vault = Vault(url, b64decode(key))
    sealed = [vault.seal(child(number), "kit.value", "arachide") for number in range(times)]
    Path(file).write_text("\n".join(each.hex() for each in sealed))
