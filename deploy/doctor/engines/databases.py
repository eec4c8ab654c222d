"""Checks of the databases: there, at the code's schema, and writable."""

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from deploy.applied_town import Applied
from deploy.doctor.engines_staying_up import check_database_server
from deploy.doctor.finding import APPLY, UP, Finding, duration_in_words, restart_command
from deploy.doctor.host import KEPT_SECONDS, secrets_that_are_lost
from deploy.engines.postgres_admin import PostgresError
from deploy.instance.secrets import SecretsError
from deploy.instance.user_error import UserError
from deploy.provisioning.databases import (
    SQLITE,
    files_left_from_move,
    require_french_order,
    require_one_kind,
)
from deploy.services import SPECS, folder_of_service
from shared.database.engines import open_engine
from shared.database.migrations.migrate import newest_revision, why_no_way_from

PATIENCE_SECONDS = 3.0
"""A write of ours takes milliseconds, a chunk of a billing run some tenths of a second."""

WRITER_BYTE = "120"
"""Byte of `…-shm` that SQLite locks for its one writer (sqlite.org/walformat.html, 2.3.1)."""

MOVE = "preau down; preau move && preau up --detach"

THE_OTHER = "preau down  # then start the version that made it, or a new town in another PREAU_HOME"


def check_databases(applied: Applied) -> dict[str, list[Finding]]:
    """
    Return what is wrong with the database of each principal, of those where something is.

    Where it lies stands in the secrets: without these nobody knows, and they are what is said.
    """
    found = {
        row["name"]: list(secrets_that_are_lost(applied, row["name"], has_key=False))
        or list(_check_database(applied, row["name"], row["service"]))
        for row in applied.principals_in_force()
        if row["service"] in SPECS
    }
    return {principal: findings for principal, findings in found.items() if findings}


def check_databases_lie_as_said(applied: Applied) -> Iterator[Finding]:
    """Say that databases lie elsewhere than the file of engines says: nothing starts before."""
    try:
        require_one_kind(applied.engines_of_town, applied.secrets)
    except SecretsError:
        return  # which `check_secrets` says; a file that is empty names no other place
    except UserError as error:
        on_files = applied.engines_of_town.database_engine is None
        yield Finding(str(error), f"ls -l {applied.instance.home}" if on_files else MOVE)


def check_files_left_from_move(applied: Applied) -> Iterator[Finding]:
    """Say that what was erased since a move can still be read in the files of before it."""
    folder = files_left_from_move(applied.instance)
    since = time.time() - folder.stat().st_mtime if folder.exists() else 0.0
    if since > KEPT_SECONDS:
        yield Finding(
            f"The files of before the move to PostgreSQL have lain in {folder} for"
            f" {duration_in_words(since)}: what was erased since can be read in them.",
            "preau move --forget-files",
        )


def check_server_of_databases(applied: Applied) -> Iterator[Finding]:
    """Say that the server of the databases is away, or of no use; nothing is looked at then."""
    server = applied.engines_of_town.database_engine
    if server is None:
        return
    own = list(check_database_server(applied)) if applied.engines_of_town.supervised else []
    yield from own
    if not own and not _is_port_listening(server.place):
        yield Finding(
            f"The database server at {server.place} does not answer.", _start_command(applied)
        )
    elif not own:
        yield from _check_french_order(applied)


def _check_french_order(applied: Applied) -> Iterator[Finding]:
    admin = applied.engines_of_town.postgres_server()
    try:
        if admin is not None:
            require_french_order(admin)
    except PostgresError:
        pass  # the administrator may have changed the password since
    except UserError as error:
        yield Finding(str(error), "apt install postgresql")


def _start_command(applied: Applied) -> str:
    if applied.engines_of_town.supervised:
        return UP
    if applied.engines_of_town.own:
        return restart_command("database", own=False)
    return "systemctl restart postgresql.service  # on its own machine"


def _is_port_listening(place: str) -> bool:
    host, _, port = place.rpartition(":")
    with socket.socket() as asking:
        asking.settimeout(PATIENCE_SECONDS)
        return asking.connect_ex((host, int(port))) == 0


def _check_database(applied: Applied, principal: str, service: str) -> Iterator[Finding]:
    url = applied.secrets.read_values(principal).get("DATABASE_URL", "")
    file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
    if file is not None and not file.exists():
        yield _missing_database_finding(applied, principal)
        return
    if file is not None and not all(os.access(each, os.W_OK) for each in (file, file.parent)):
        yield _read_only_database_finding(principal, file)
        return
    try:
        schema = _schema_revision(url)
    except (DBAPIError, ValueError) as error:
        if _is_database_gone(error):
            yield _missing_database_finding(applied, principal)
            return
        kind = type(getattr(error, "orig", error)).__name__
        yield Finding(f"The database of {principal} cannot be read ({kind}).", APPLY)
        return
    folder = folder_of_service(service)
    if why := why_no_way_from(folder, schema):
        yield Finding(f"The database of {principal} {why}.", THE_OTHER)
    elif schema != newest_revision(folder):
        yield Finding(f"The database of {principal} has an older form than the code.", APPLY)
    if file is not None and not _can_be_written(file):
        yield _locked_database_finding(principal, file)


def _is_database_gone(error: Exception) -> bool:
    """Return whether a server says that it has no such database."""
    return isinstance(error, OperationalError) and f"{error.orig}".rstrip().endswith(
        "does not exist"
    )


def _missing_database_finding(applied: Applied, principal: str) -> Finding:
    """
    Return the finding of a lost database: all go back together, never one service's alone (decision
    0036).
    """
    own = applied.engines_of_town.own
    return Finding(
        f"The database of {principal} is gone; what the last copy has not is lost.",
        f"preau {'rollback' if own else 'restore'} COPY  # --identity KEY opens a sealed one",
    )


def _schema_revision(url: str) -> str | None:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT version_num FROM alembic_version"))
    finally:
        engine.dispose()


def _can_be_written(file: Path) -> bool:
    connection = sqlite3.connect(file, timeout=PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def _read_only_database_finding(principal: str, file: Path) -> Finding:
    """Return the finding of a file of another user's, or on a disk that takes nothing any more."""
    what = f"The database of {principal} can only be read: {file} takes no change."
    if os.statvfs(file).f_flag & os.ST_RDONLY:
        disk = f"$(findmnt --noheadings --output TARGET --target {file})"
        return Finding(
            f"{what} Its disk is mounted for reading alone: the kernel does that where it fails.",
            f"mount -o remount,rw {disk}",
        )
    owner = file.parent.owner()
    return Finding(what, f"chown {owner} {file}* && chmod u+rw {file}* && chmod u+w {file.parent}")


def _locked_database_finding(principal: str, file: Path) -> Finding:
    pid = _writing_process(file)
    return Finding(
        f"Process {pid or '(unknown)'} has kept everybody from writing to the database of"
        f" {principal} for over {PATIENCE_SECONDS:.0f} seconds.",
        f"kill -KILL {pid}" if pid else f"fuser --kill {file}-shm",
    )


def _writing_process(file: Path) -> int | None:
    """Return the process that holds SQLite's lock for writing, as the kernel knows it."""
    inode = str(Path(f"{file}-shm").stat().st_ino)
    for line in Path("/proc/locks").read_text("ascii").splitlines():
        fields = [each for each in line.split() if each != "->"]
        _, _, _, kind, pid, place, first, _ = fields
        if kind == "WRITE" and place.endswith(f":{inode}") and first == WRITER_BYTE:
            return int(pid)
    return None
