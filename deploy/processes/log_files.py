"""The log files of an instance: for their owner alone, and none longer than it is useful."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

LOG_BYTES = 10 * 2**20


def rotate(log: Path) -> None:
    """
    Keep one older log. Copied, not renamed: who writes to it keeps writing to the same file.
    """
    if log.exists() and log.stat().st_size > LOG_BYTES:
        with saying_what_the_disk_refuses():
            shutil.copy(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


@contextlib.contextmanager
def saying_what_the_disk_refuses() -> Iterator[None]:
    """
    A full disk must not end what runs.
    """
    try:
        yield
    except OSError as error:
        say(str(error))


def private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def moment() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def say(what: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(moment(), what, file=sys.stderr, flush=True)
