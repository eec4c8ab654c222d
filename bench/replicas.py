"""Looks into providers' replicas from outside, as their desks do: what is there, since when."""

import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from bench.town import Town

LOOK_SECONDS = 0.02
"""Time between two looks; a change is visible when it is first seen, so this is added to it."""

MARK = "PRAGMA data_version"
VERSIONS = "SELECT child_id, version FROM held_projection WHERE projection = ?"
STAMPS = "SELECT child_id, version, changed_at FROM section_history WHERE section = ?"


class Replicas:
    """A thread that notes when each version of one projection is first seen at each provider."""

    def __init__(self, town: Town, principals: Sequence[str], projection: str) -> None:
        self._town = town
        self._principals = principals
        self._projection = projection
        self._seen: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
        self._running = True
        self._thread = threading.Thread(target=self._look, name="replicas", daemon=True)

    def __enter__(self) -> "Replicas":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._running = False
        self._thread.join()

    def version(self, principal: str, child_id: str) -> int:
        """Return the version that is held now, 0 where nothing is."""
        seen = self._seen.get((principal, child_id))
        return seen[-1][1] if seen else 0

    def seen_at(self, principal: str, child_id: str, version: int) -> float | None:
        """Return when this version or a later one was first seen, in epoch seconds."""
        seen = self._seen.get((principal, child_id), ())
        return next((moment for moment, held in seen if held >= version), None)

    def _look(self) -> None:
        databases = [(name, self._town.database(name)) for name in self._principals]
        marks: dict[str, int] = {}
        while self._running:
            for name, database in databases:
                mark = database.execute(MARK).fetchone()[0]
                if marks.get(name) != mark:
                    marks[name] = mark
                    self._note(name, database)
            time.sleep(LOOK_SECONDS)
        for _, database in databases:
            database.close()

    def _note(self, principal: str, database: sqlite3.Connection) -> None:
        rows = database.execute(VERSIONS, (self._projection,)).fetchall()
        moment = time.time()
        for child_id, version in rows:
            if version > self.version(principal, child_id):
                self._seen[principal, child_id].append((moment, version))


def commits(town: Town, section: str) -> dict[tuple[str, int], float]:
    """
    Return when each version of a section of each child was committed, in epoch seconds.

    It is the moment that the dossier stamped inside the transaction: a little early, never late.
    """
    with closing(town.database("dossier")) as dossier:
        return {
            (child_id, version): datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
            for child_id, version, text in dossier.execute(STAMPS, (section,))
        }
