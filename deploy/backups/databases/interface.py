"""Interface of both kinds of databases for backups: files of this machine, or a server's."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from deploy.instance.user_error import UserError
from shared.json_values import JsonMapping

DATA, KEYS, HOME, SECRETS = "data", "keys", "home", "secrets"
"""The folders of a copy."""


class BackupError(UserError):
    """A copy cannot be made, or cannot be used; the message says why."""


class Busy(Exception):
    """A writer still holds a database, and is not waited for any longer."""


class Opened(Protocol):
    """
    A database that is about to be copied; its two connections are those of DB-API.
    """

    @property
    def reading(self) -> Any:
        """Return a connection to what is copied."""

    @property
    def present(self) -> object:
        """Return a connection to the database as it is now, by which writers are held."""

    def hold_writes(self) -> None:
        """Let no transaction end any more that has written; raises Busy, and holds nothing."""

    def release_writes(self) -> None:
        """Let all go on; nothing where it is not held."""

    def begin_snapshot(self) -> None:
        """Read from now on what is there now."""

    def copy_to_file(self, to: Path) -> None:
        """Write what is read to a file; raises BackupError."""

    def close(self) -> None:
        """Read no more."""


@dataclass(frozen=True)
class Place:
    """Target of a database's copy: the folder of the copy, and the file in it."""

    folder: str
    file: str


class Kind(Protocol):
    """Copies and restores the databases of a town."""

    @property
    def description(self) -> JsonMapping:
        """Return what the copy says of where it came from."""

    def open_databases(self, stack: ExitStack) -> list[tuple[Opened, Place]]:
        """Open each database; keys come last. A service locks its data before them: so do we."""

    def require_restorable(self, description: Mapping[str, object]) -> None:
        """Raise BackupError where what says this of itself cannot be restored here."""

    def restore_databases(self, data: Path, keys: Path, undo: ExitStack) -> None:
        """Make the databases of two folders again, and lead the secrets to where they lie now."""
