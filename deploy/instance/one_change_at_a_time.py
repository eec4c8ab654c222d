"""
A town that is changed by one command at a time: its nightly `apply`, a hand, or an upgrade.

Who is at it holds a lock of the home, which the kernel lets go of at any death, and notes in it
what it does and since when. Others wait for it, and begin by reading what it left.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TextIO

from deploy.instance.instance import Instance, try_file_lock
from deploy.instance.user_error import UserError
from shared.dates.clock import PARIS, now

HOLDER = "PREAU_CHANGED_BY"
"""The pid of the command that holds the town, for what this one calls: an upgrade calls `up`."""

PATIENCE_SECONDS, POLL_SECONDS = 600.0, 0.1
"""Time that a copy, a stop and a start may take: the nightly `apply` is not lost for it."""


class TownBeingChanged(UserError):
    """Another command is at it, and does not end; the message says which, and since when."""


@contextmanager
def hold_town_for_change(
    instance: Instance, command: str, say: Callable[[str], None] = lambda _line: None
) -> Iterator[None]:
    """
    Let nobody else change a town meanwhile; where another command does, wait for it, saying which.

    Raises TownBeingChanged where that takes longer than any such command. What a holder calls
    itself waits for nobody.
    """
    if not instance.run_dir.exists():
        instance.prepare_folders()
    with _open_lock(instance) as lock:
        if os.environ.get(HOLDER) == str(_read_note(lock).get("pid")) and not try_file_lock(lock):
            yield
            return
    with _held_lock(instance, say) as lock:
        _note_holder(instance, lock, command)
        os.environ[HOLDER] = str(os.getpid())
        try:
            yield
        finally:
            os.environ.pop(HOLDER)


@contextmanager
def _held_lock(instance: Instance, say: Callable[[str], None]) -> Iterator[TextIO]:
    """Hold the file of the lock, and leave none: who waited for it makes another."""
    while True:
        with _open_lock(instance) as lock:
            _wait_for_lock(lock, say)
            if os.fstat(lock.fileno()).st_nlink == 0:  # its holder was done, and took it away
                continue
            try:
                yield lock
            finally:
                os.unlink(lock.name)
            return


def _open_lock(instance: Instance) -> TextIO:
    return open(instance.run_dir / "change.lock", "a+", encoding="utf-8")


def _wait_for_lock(lock: TextIO, say: Callable[[str], None]) -> None:
    end, said = time.monotonic() + PATIENCE_SECONDS, False
    while not try_file_lock(lock):
        if not said:
            say(f"{_holder_in_words(lock)} Waiting for it.")
            said = True
        if time.monotonic() > end:
            raise TownBeingChanged(
                f"{_holder_in_words(lock)} Nothing was done. Once that one has ended, by"
                " itself or by `kill` and its number, call this again: what is done stays done."
            )
        time.sleep(POLL_SECONDS)


def _note_holder(instance: Instance, lock: TextIO, command: str) -> None:
    """Write down who holds it; the file is the owner's, also where root is at it."""
    owner = instance.home.stat()
    if os.geteuid() != owner.st_uid:
        os.fchown(lock.fileno(), owner.st_uid, owner.st_gid)
    lock.truncate(0)
    lock.write(json.dumps({"command": command, "pid": os.getpid(), "since": now().isoformat()}))
    lock.flush()


def _holder_in_words(lock: TextIO) -> str:
    note = _read_note(lock)
    if not note:
        return "Another command is changing this town."
    since = datetime.fromisoformat(note["since"]).astimezone(PARIS)
    return (
        f"`{note['command']}` (process {note['pid']}) has been changing this town since"
        f" {since:%Y-%m-%d %H:%M:%S}."
    )


def _read_note(lock: TextIO) -> dict[str, str]:
    """Return who holds it; {} where nobody does, or has only begun to."""
    lock.seek(0)
    try:
        return dict(json.loads(lock.read()))
    except ValueError:
        return {}
