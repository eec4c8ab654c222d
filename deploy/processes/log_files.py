"""The log files of an instance: for their owner alone, and none longer than it is useful."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

LOG_BYTES = 10 * 2**20


def rotate_log(log: Path) -> None:
    """
    Keep one older log. Copied, not renamed: who writes to it keeps writing to the same file.
    """
    if log.exists() and log.stat().st_size > LOG_BYTES:
        with log_disk_errors():
            shutil.copy(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


@contextlib.contextmanager
def log_disk_errors() -> Iterator[None]:
    """Log errors of the disk within the block and go on: a full disk must not end what runs."""
    try:
        yield
    except OSError as error:
        print_log_line(str(error))


def open_private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def now_as_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def print_log_line(what: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(now_as_text(), what, file=sys.stderr, flush=True)
