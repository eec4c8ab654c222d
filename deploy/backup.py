"""
A copy of a town: every database as of one moment, keys, secrets, and what the instance decided.

    <copy>/data/       databases          <copy>/home/     town file, register, approvals …
    <copy>/keys/       keys of subjects   <copy>/secrets/  passwords and keys of each principal
    <copy>/backup.json what it is, and the SHA-256 of each file

The broker is not copied: `preau up` makes it from the register. Keys lie apart, so that they may be
kept for a shorter time: without them, what was erased since is read by nobody (crypto-shredding).
"""

import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.applied import Applied
from deploy.broker_node import BrokerNode
from deploy.doctor.databases import SQLITE
from deploy.doctor.ground import BACKED_UP
from deploy.instance import MARKER, PRIVATE, TOWN_FILE, Instance, replace_file
from deploy.one_moment import NotQuiet, one_moment
from deploy.secrets import read_secrets
from deploy.unable import Unable
from shared.clock import PARIS, now

FORMAT = 1
MANIFEST = "backup.json"
DATA, KEYS, HOME, SECRETS = "data", "keys", "home", "secrets"
EVENTS = ".events"
"""How the queues end in which told facts lie; requests are asked again by who asked them."""
NIGHTLY = re.compile(r"\d{4}-\d{2}-\d{2}-\d{2}h\d{2}")


class BackupError(Unable):
    """A copy cannot be made, or cannot be used; the message says why."""


@dataclass(frozen=True)
class Made:
    """A copy: `on_the_way` counts events that are in none of its databases, by queue."""

    at: datetime
    databases: int
    size: int
    on_the_way: dict[str, int]
    dead: int


def make(applied: Applied, target: Path, seconds: float, *, anyway: bool = False) -> Made:
    """
    Copy a running town to a directory that is not there yet, and return what it is.

    Raises BackupError; then there is no copy. With `anyway` one is made though events lie in the
    broker, after `seconds` of waiting: it says how many, and they are not in it.
    """
    if target.exists():
        raise BackupError(f"{target} is there already.")
    if not applied.engines.broker_runs():
        raise BackupError("The town is down: what lies in its broker is in no database. Start it.")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=PRIVATE, parents=True)
    try:
        made = _copied(applied, part, seconds, anyway)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if not made.on_the_way:
        (applied.instance.home / BACKED_UP).touch()
    return made


def name_of(at: datetime) -> str:
    """Return how a nightly copy is called: names sort by their moments, in France."""
    return f"{at.astimezone(PARIS):%Y-%m-%d-%Hh%M}"


def forget_older(folder: Path, town: str, keep: int) -> list[Path]:
    """
    Delete the nightly copies of a town in a folder, but the latest `keep`; return what is gone.

    What is not called as `name_of` calls them, or says of itself to be of another town, stays.
    """
    copies = sorted(path for path in folder.iterdir() if NIGHTLY.fullmatch(path.name))
    ours = [path for path in copies if _manifest_of(path).get("town") == town]
    gone = ours[: max(len(ours) - keep, 0)]
    for path in gone:
        shutil.rmtree(path)
    return gone


def on_the_way(applied: Applied) -> dict[str, int]:
    """Return how many events lie in each queue that holds some, given to a consumer or not."""
    return {
        name: count for name, count in _depths(applied).items() if count and name.endswith(EVENTS)
    }


def _depths(applied: Applied) -> dict[str, int]:
    """Ask the one node of a town whose databases are files: such a town has its own broker."""
    return BrokerNode(applied.instance).depths(applied.broker().vhost)


def _copied(applied: Applied, part: Path, seconds: float, anyway: bool) -> Made:
    found = list(_databases(applied.instance))
    paths = [path for path, _ in found]
    waiting: dict[str, int] = {}
    at = now()

    def is_quiet() -> bool:
        nonlocal waiting, at
        waiting, at = on_the_way(applied), now()
        return not waiting

    def is_counted() -> bool:
        return is_quiet() or True

    for suits in [is_quiet, is_counted] if anyway else [is_quiet]:
        try:
            with one_moment(paths, suits, seconds) as readers:
                _copy_all(readers, found, part)
            break
        except NotQuiet:
            continue
    else:
        raise BackupError(_busy(waiting))
    _copy_files(applied, part)
    dead = sum(n for name, n in _depths(applied).items() if name.startswith("dead."))
    size = _describe(applied, part, at, waiting)
    return Made(at, len(found), size, waiting, dead)


def _busy(waiting: dict[str, int]) -> str:
    if not waiting:
        return "A database was being written to at every try: try again."
    queues = ", ".join(f"{count} in {name}" for name, count in sorted(waiting.items()))
    return (
        f"Events were on their way at every try ({queues}). Wait until they have arrived, or see"
        " why their service does not answer; --anyway copies without them."
    )


def _databases(instance: Instance) -> Iterator[tuple[Path, str]]:
    """
    Yield each database with the part of the copy that it belongs to; keys come last.

    A service takes the lock on its data before that on its keys: so do we.
    """
    ours = [read_secrets(path) for path in sorted(instance.secrets_dir.glob("*.env"))]
    for name, part in (("DATABASE_URL", DATA), ("KEYS_URL", KEYS)):
        for values in ours:
            url = values.get(name, "")
            if url and not url.startswith("sqlite:"):
                raise BackupError("This town has databases on PostgreSQL: copy those by pg_dump.")
            path = Path(url.removeprefix(SQLITE))
            if url.startswith(SQLITE) and path.exists():
                yield path, part


def _copy_all(readers: list[sqlite3.Connection], found: list[tuple[Path, str]], to: Path) -> None:
    for reader, (path, part) in zip(readers, found, strict=True):
        directory = to / part
        directory.mkdir(mode=PRIVATE, exist_ok=True)
        with closing(sqlite3.connect(directory / path.name)) as copy:
            reader.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one whole file, without a log beside it
            (said,) = copy.execute("PRAGMA quick_check").fetchone()
        if said != "ok":
            raise BackupError(f"{path.name} is damaged: {said}")
        (directory / path.name).chmod(0o600)


def _copy_files(applied: Applied, to: Path) -> None:
    instance = applied.instance
    for part, files in (
        (SECRETS, sorted(instance.secrets_dir.glob("*.env"))),
        (HOME, sorted(path for path in instance.home.iterdir() if path.is_file())),
    ):
        (to / part).mkdir(mode=PRIVATE)
        for path in files:
            if path.name != MARKER:
                shutil.copy2(path, to / part / path.name)
    shutil.copy2(applied.town_file, to / HOME / TOWN_FILE)


def _describe(applied: Applied, part: Path, at: datetime, waiting: dict[str, int]) -> int:
    """Write what the copy is; return its size in bytes."""
    files = sorted(path for path in part.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "town": applied.town().code,
        "at": at.isoformat(),
        "on_the_way": waiting,
        "files": {str(path.relative_to(part)): digest_of(path) for path in files},
    }
    replace_file(part / MANIFEST, json.dumps(manifest, indent=1), mode=0o600)
    return sum(path.stat().st_size for path in files)


def read_manifest(copy: Path) -> dict[str, Any]:
    """Return what a copy says it is, each of its files compared; raises BackupError."""
    manifest = _manifest_of(copy)
    if not manifest:
        raise BackupError(f"{copy} is not a copy of a town.")
    if manifest["format"] != FORMAT:
        raise BackupError(f"{copy} has the format {manifest['format']}, not {FORMAT}.")
    for name, wanted in manifest["files"].items():
        if not (copy / name).is_file() or digest_of(copy / name) != wanted:
            raise BackupError(f"{copy}: {name} is not what was copied.")
    return manifest


def _manifest_of(copy: Path) -> dict[str, Any]:
    """Return what a directory says of itself; {} where it is no copy."""
    try:
        return dict(json.loads((copy / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
