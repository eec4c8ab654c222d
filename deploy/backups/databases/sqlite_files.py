"""The databases of a town that are files of this machine: SQLite."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from deploy.applied_town import Applied
from deploy.backups.databases import interface
from deploy.backups.databases.interface import BackupError, Busy, Opened, Place
from deploy.instance.instance import PRIVATE
from deploy.instance.secrets import read_secrets
from deploy.provisioning.databases import DATA, KEYS, SQLITE
from shared.json_values import JsonMapping

HOLD_SECONDS = 5.0
"""Timeout while waiting for one writer; services wait longer than that for a backup."""


class OpenedFile:
    """One of them; raises sqlite3.OperationalError where it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.reading, self.present = _open_sqlite(path), _open_sqlite(path)

    def hold_writes(self) -> None:
        try:
            self.present.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            raise Busy from None

    def release_writes(self) -> None:
        self.present.rollback()

    def begin_snapshot(self) -> None:
        self.reading.rollback()
        self.reading.execute("BEGIN")
        self.reading.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

    def copy_to_file(self, to: Path) -> None:
        with closing(sqlite3.connect(to)) as copy:
            self.reading.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one whole file, without a log beside it
            (description,) = copy.execute("PRAGMA quick_check").fetchone()
        if description != "ok":
            raise BackupError(f"{self._path.name} is damaged: {description}")

    def close(self) -> None:
        self.reading.close()
        self.present.close()


class Files:
    """All of them."""

    def __init__(self, applied: Applied) -> None:
        self._applied = applied

    @property
    def description(self) -> JsonMapping:
        return {"engine": "sqlite"}

    def open_databases(self, stack: ExitStack) -> list[tuple[Opened, Place]]:
        ours = [
            read_secrets(path) for path in sorted(self._applied.instance.secrets_dir.glob("*.env"))
        ]
        found: list[tuple[Opened, Place]] = []
        for name, folder in ((DATA, interface.DATA), (KEYS, interface.KEYS)):
            for url in (values.get(name, "") for values in ours):
                path = Path(url.removeprefix(SQLITE))
                if url.startswith(SQLITE) and path.exists():
                    opened = stack.enter_context(closing(OpenedFile(path)))
                    found.append((opened, Place(folder, path.name)))
        return found

    def require_restorable(self, description: Mapping[str, object]) -> None:
        if description["engine"] != self.description["engine"]:
            raise BackupError(
                "This is a copy of databases on PostgreSQL, and here they would be files: let"
                " engines.yaml or PREAU_ENGINES name a server."
            )

    def restore_databases(self, data: Path, keys: Path, undo: ExitStack) -> None:
        instance = self._applied.instance
        for path in (*sorted(data.glob("*")), *sorted(keys.glob("*"))):
            to = instance.database_path(path.stem.removesuffix("-keys")).with_name(path.name)
            to.parent.mkdir(mode=PRIVATE, exist_ok=True)
            undo.callback(to.unlink, missing_ok=True)
            shutil.copy2(path, to)
        for file in sorted(instance.secrets_dir.glob("*.env")):
            self._point_secrets_here(file.stem)

    def _point_secrets_here(self, principal: str) -> None:
        """Name the databases where they lie now; the copy says where they lay."""
        instance, values = self._applied.instance, self._applied.secrets.read_values(principal)
        places = {DATA: instance.sqlite_url(principal), KEYS: instance.keys_url(principal)}
        wanted = {
            name: place for name, place in places.items() if values.get(name, "").startswith(SQLITE)
        }
        self._applied.secrets.update_values(principal, **wanted)


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a database that is there."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=HOLD_SECONDS, isolation_level=None
    )
