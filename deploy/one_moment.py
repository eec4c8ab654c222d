"""
Many SQLite databases, read as they all were at one moment, while their services go on.

What one service has told, the next has either heard, or it still lies in the broker. Databases
copied one after the other disagree on that: one says that it told, the other that it never heard.
So all of them are held for a moment, in which no transaction ends anywhere, and the moment is
taken only if nothing lies in between.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

HOLD_SECONDS = 5.0
"""How long one writer is waited for; services wait longer than that for us."""

AGAIN_SECONDS = 0.5


class NotQuiet(Exception):
    """Something was on its way, or somebody wrote, at every try."""


@contextmanager
def one_moment(
    paths: Sequence[Path], is_quiet: Callable[[], bool], seconds: float
) -> Iterator[list[sqlite3.Connection]]:
    """
    Give a connection to each database, all of which read the same moment, for as long as it lasts.

    Waits `seconds` at most for a moment in which `is_quiet()`; raises NotQuiet.
    """
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        readers = [stack.enter_context(closing(_opened(path))) for path in paths]
        while not _begun_together(paths, readers, is_quiet):
            if time.monotonic() > end:
                raise NotQuiet
            time.sleep(AGAIN_SECONDS)
        yield readers


def _begun_together(
    paths: Sequence[Path], readers: Sequence[sqlite3.Connection], is_quiet: Callable[[], bool]
) -> bool:
    """Begin all reads while nobody can write; False where it is not quiet, and nothing is begun."""
    with ExitStack() as held:
        try:
            for path in paths:
                held.enter_context(closing(_opened(path))).execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        if not is_quiet():
            return False
        for reader in readers:
            reader.execute("BEGIN")
            reader.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    return True


def _opened(path: Path) -> sqlite3.Connection:
    """Open a database that is there."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=HOLD_SECONDS, isolation_level=None
    )
