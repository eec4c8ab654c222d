"""
Writes to a database from a process of its own.

    python -m tests.faults.writing count <url> <name> <times>     add one to a counter, read first
    python -m tests.faults.writing move <url> <from> <to>         move one back and forth, until
    killed python -m tests.faults.writing seal <keys url> <key> <id>     print a sealed value,
    base64
"""

import subprocess
import sys
from base64 import b64decode, b64encode
from typing import Any

from sqlalchemy import insert, select, update

from deploy.instance.instance import PROJECT
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


def start_process(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start a process that writes."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writing", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **options,
    )


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


def count(url: str, name: str, times: str) -> None:
    store = connected(url)
    for _ in range(int(times)):
        with store.write() as write:
            add(write, name, 1)


def move(url: str, first: str, second: str) -> None:
    store = connected(url)
    while True:
        with store.write() as write:
            add(write, first, 1)
            add(write, second, -1)
        print("moved", flush=True)


def child(number: int) -> str:
    """Return the id of one of many."""
    return f"00000000-0000-7000-8000-{number:012}"


def seal(url: str, key: str, times: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    vault = Vault(url, b64decode(key))
    for number in range(int(times)):
        sealed = vault.seal(child(number), "kit.value", "arachide")
        print(b64encode(sealed).decode(), flush=True)


if __name__ == "__main__":
    {"count": count, "move": move, "seal": seal}[sys.argv[1]](*sys.argv[2:])
