"""
Many databases, read as they all were at one moment, while their services go on.

An event published by one service is either handled by its subscriber or still in the broker.
Databases copied one after the other disagree on that: one has published an event that the other
never received. So all of them are locked for a moment in which no transaction commits, and the
moment is taken only if no event is on its way.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from deploy.backups.databases.interface import Busy, Opened

AGAIN_SECONDS = 0.5


class NotQuiet(Exception):
    """The town was never at rest: an event was on its way, or a transaction was writing."""


def begin_reads_at_one_moment(
    databases: Sequence[Opened], is_quiet: Callable[[], bool], seconds: float
) -> None:
    """
    Let each database read the same moment from now on, for as long as it is open.

    Waits `seconds` at most for a moment in which `is_quiet()`; raises NotQuiet.
    """
    end = time.monotonic() + seconds
    while not _begin_reads_together(databases, is_quiet):
        if time.monotonic() > end:
            raise NotQuiet
        time.sleep(AGAIN_SECONDS)


def _begin_reads_together(databases: Sequence[Opened], is_quiet: Callable[[], bool]) -> bool:
    """Begin all reads while nobody can write; False where it is not quiet, and nothing is begun."""
    with ExitStack() as held:
        try:
            for database in databases:
                held.callback(database.release_writes)
                database.hold_writes()
        except Busy:
            return False
        if not is_quiet():
            return False
        for database in databases:
            database.begin_snapshot()
    return True
