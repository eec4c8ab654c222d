"""The databases: are they there, at the code's schema, and can they be written to."""

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.applied import Applied
from deploy.doctor.finding import APPLY, UP, Finding, restart_command
from deploy.services import SPECS, folder_of
from shared.database.migrations import newest_schema, why_no_way_from
from shared.database.store import open_engine

PATIENCE_SECONDS = 3.0
"""A write of ours takes milliseconds, a chunk of a billing run some tenths of a second."""

WRITER_BYTE = "120"
"""Byte of `…-shm` that SQLite locks for its one writer (sqlite.org/walformat.html, 2.3.1)."""

SQLITE = "sqlite:///"

THE_OTHER = "preau down  # then start the version that made it, or a new town in another PREAU_HOME"


def check_databases(applied: Applied) -> Iterator[Finding]:
    server = applied.engines.database_engine
    if server is not None and not _listens(server.place):
        yield Finding(
            f"The database server at {server.place} does not answer.", _start_command(applied)
        )
        return
    for row in applied.principals():
        if row["service"] in SPECS:
            yield from _check_database(applied, row["name"], row["service"])


def _start_command(applied: Applied) -> str:
    if applied.engines.supervised:
        return UP
    if applied.engines.own:
        return restart_command("database", own=False)
    return "systemctl restart postgresql.service  # on its own machine"


def _listens(place: str) -> bool:
    host, _, port = place.rpartition(":")
    with socket.socket() as asking:
        asking.settimeout(PATIENCE_SECONDS)
        return asking.connect_ex((host, int(port))) == 0


def _check_database(applied: Applied, principal: str, service: str) -> Iterator[Finding]:
    url = applied.secrets.read(principal).get("DATABASE_URL", "")
    file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
    if file is not None and not file.exists():
        yield Finding(
            f"The database of {principal} is gone; what the backup has not is lost.",
            f"preau down && cp BACKUP/{file.name} {file} && preau up --detach",
        )
        return
    try:
        schema = _schema_revision(url)
    except (DBAPIError, ValueError) as error:
        kind = type(getattr(error, "orig", error)).__name__
        yield Finding(f"The database of {principal} cannot be read ({kind}).", APPLY)
        return
    folder = folder_of(service)
    if why := why_no_way_from(folder, schema):
        yield Finding(f"The database of {principal} {why}.", THE_OTHER)
    elif schema != newest_schema(folder):
        yield Finding(f"The database of {principal} has an older form than the code.", APPLY)
    if file is not None and not _can_be_written(file):
        yield _held_finding(principal, file)


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


def _held_finding(principal: str, file: Path) -> Finding:
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
