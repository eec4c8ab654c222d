"""
The databases of a town that a PostgreSQL server has, copied by PostgreSQL's own pg_dump.

Each is read as the role that owns its tables, so that a copy needs no administrator. Roles and what
they may do are in no copy: they are made anew where a town is restored, as for a new one.
"""

import os
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from deploy.applied_town import Applied
from deploy.backups.databases import interface
from deploy.backups.databases.interface import BackupError, Busy, Opened, Place
from deploy.engines.own_postgres import postgres_program
from deploy.engines.postgres_admin import PostgresServer
from deploy.provisioning.apply import databases_of_town
from deploy.provisioning.databases import (
    DATA,
    KEYS,
    principals_with_server_databases,
    secrets_name_of_owner,
)
from shared.json_values import JsonMapping

HOLD_MILLISECONDS = 800
"""
Timeout while waiting for writers. If one waits for us meanwhile it is a deadlock, which the server
ends after a second (deadlock_timeout) at the cost of either: we give way before.
"""

TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
SUFFIX = ".dump"
FOLDERS = {DATA: (interface.DATA, ""), KEYS: (interface.KEYS, "-keys")}


class OpenedDatabase:
    """One of them, entered by the address of its owner; raises BackupError."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.reading, self.present = _connect_or_refuse(url), _connect_or_refuse(url)
        self.reading.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        self._snapshot = ""

    @property
    def version(self) -> int:
        """Return the server's major version."""
        return int(self.reading.server_version) // 10000

    def hold_writes(self) -> None:
        with self.present.cursor() as cursor:
            cursor.execute(TABLES)
            tables = ", ".join(name for (name,) in cursor.fetchall())
            try:
                cursor.execute(f"SET LOCAL statement_timeout = {HOLD_MILLISECONDS}")
                if tables:
                    cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")
            except (errors.QueryCanceled, errors.DeadlockDetected):
                raise Busy from None

    def release_writes(self) -> None:
        self.present.rollback()

    def begin_snapshot(self) -> None:
        self.reading.rollback()
        with self.reading.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            (self._snapshot,) = cursor.fetchone()

    def copy_to_file(self, to: Path) -> None:
        how = ["--format=custom", f"--snapshot={self._snapshot}", f"--file={to}"]
        _run_program("pg_dump", self._url, *how)

    def close(self) -> None:
        self.reading.close()
        self.present.close()


class Server:
    """All of them."""

    def __init__(self, applied: Applied) -> None:
        self._applied = applied
        self._version = 0

    @property
    def description(self) -> JsonMapping:
        return {"engine": "postgresql", "version": self._version}

    def open_databases(self, stack: ExitStack) -> list[tuple[Opened, Place]]:
        found: list[tuple[Opened, Place]] = []
        for key, (folder, suffix) in FOLDERS.items():
            for principal in principals_with_server_databases(self._applied.secrets):
                url = self._applied.secrets.read_values(secrets_name_of_owner(principal))[key]
                opened = stack.enter_context(closing(OpenedDatabase(url)))
                self._version = opened.version
                found.append((opened, Place(folder, f"{principal}{suffix}{SUFFIX}")))
        return found

    def require_restorable(self, description: JsonMapping) -> None:
        if description["engine"] != "postgresql":
            raise BackupError(
                "This is a copy of databases that are files, and here a PostgreSQL server would"
                " have them: restore without engines.yaml and PREAU_ENGINES."
            )
        self._version = description["version"]

    def restore_databases(self, data: Path, keys: Path, undo: ExitStack) -> None:
        server = self._applied.engines_of_town.postgres_server()
        assert server is not None
        if server.major_version() < self._version:
            raise BackupError(
                f"The copy is of PostgreSQL {self._version}, the server here is older:"
                f" {server.major_version()}."
            )
        for path in sorted(data.glob(f"*{SUFFIX}")):
            self._fill_databases(
                server, path.stem, {DATA: path, KEYS: keys / f"{path.stem}-keys{SUFFIX}"}, undo
            )

    def _fill_databases(
        self, server: PostgresServer, principal: str, copies: Mapping[str, Path], undo: ExitStack
    ) -> None:
        """Make a principal's databases with their roles, and fill them as their owner."""
        databases = databases_of_town(self._applied)
        databases.prepare_addresses(principal)
        for name in databases.database_names_of_principal(principal):
            if server.has_database(name):
                raise BackupError(f"The server has {name} already: a copy goes over nothing.")
            undo.callback(server.drop_database, name)
        databases.make_empty_databases(principal)
        for key, copy in copies.items():
            if copy.exists():  # no keys of who had left when the later copy was made
                owner = self._applied.secrets.read_values(secrets_name_of_owner(principal))[key]
                _run_program("pg_restore", owner, "--exit-on-error", "--single-transaction", copy)


def _connect_or_refuse(url: str) -> Any:
    try:
        return psycopg2.connect(_libpq_address(url))
    except psycopg2.OperationalError as error:
        raise BackupError(str(error).strip()) from None  # it names place and role, no password


def _run_program(name: str, url: str, *arguments: str | Path) -> None:
    """
    Run one of PostgreSQL's programs on a database; raises BackupError with what it says.

    What it makes belongs to who enters, and is open to whom that one's new tables are.
    """
    password = urlsplit(url).password or ""
    place = _libpq_address(url).replace(f":{password}@", "@", 1)
    command = [
        postgres_program(name),
        f"--dbname={place}",
        "--no-owner",
        "--no-privileges",
        *arguments,
    ]
    environment = {**os.environ, "PGPASSWORD": password}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{name}: {done.stderr.strip()}")


def _libpq_address(url: str) -> str:
    """Return the address as PostgreSQL's own library reads it."""
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql"))
