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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.applied import Applied
from deploy.backups.databases_kind import databases_kind_of
from deploy.backups.held_relays import HeldRelays, open_stores
from deploy.backups.interfaces import DATA, HOME, SECRETS, BackupError, Kind, Opened, Place
from deploy.backups.quiet_moment import Moments, Taken
from deploy.doctor.ground import BACKED_UP
from deploy.instance.instance import MARKER, PRIVATE, TOWN_FILE, replace_file
from deploy.provisioning.keys import is_key_change_broken_off
from shared.bus.handling.marks import Marks
from shared.dates.clock import PARIS
from shared.register.declarations import OPS
from shared.settings import Settings

FORMAT = 2
FORMER = {1: {"engine": "sqlite"}}
"""Formats that can be restored, too, with what they do not say."""

MANIFEST = "backup.json"
NIGHTLY = re.compile(r"\d{4}-\d{2}-\d{2}-\d{2}h\d{2}")


Found = Sequence[tuple[Opened, Place]]


@dataclass(frozen=True)
class Made:
    """A copy: `on_the_way` says by queue which events may be in none of its databases."""

    at: datetime
    databases: int
    size: int
    on_the_way: dict[str, str]
    dead: int


def make_backup(applied: Applied, target: Path, seconds: float, *, anyway: bool = False) -> Made:
    """
    Copy a running town to a directory that is not there yet, and return what it is.

    Raises BackupError; then there is no copy. With `anyway` one is made though events may be on
    their way, after `seconds` of waiting: it says of itself that it is not of one moment.
    """
    if target.exists():
        raise BackupError(f"{target} is there already.")
    if not applied.engines.broker_runs():
        raise BackupError("The town is down: what lies in its broker is in no database. Start it.")
    with applied.secrets.hold_keys():
        return _make_beside(applied, target, seconds, anyway)


def _make_beside(applied: Applied, target: Path, seconds: float, anyway: bool) -> Made:
    if is_key_change_broken_off(applied):
        raise BackupError("A change of keys was broken off: `preau apply` ends it.")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=PRIVATE, parents=True)
    try:
        made = _copy_town(applied, part, seconds, anyway)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if not made.on_the_way:
        (applied.instance.home / BACKED_UP).touch()
    return made


def nightly_name(at: datetime) -> str:
    """Return how a nightly copy is called: names sort by their moments, in France."""
    return f"{at.astimezone(PARIS):%Y-%m-%d-%Hh%M}"


def delete_older_backups(folder: Path, town: str, keep: int) -> list[Path]:
    """
    Delete the nightly copies of a town in a folder, but the latest `keep`; return what is gone.

    What is not called as `nightly_name` calls them, or says of itself to be of another town, stays.
    """
    copies = sorted(path for path in folder.iterdir() if NIGHTLY.fullmatch(path.name))
    ours = [path for path in copies if _manifest_or_nothing(path).get("town") == town]
    gone = ours[: max(len(ours) - keep, 0)]
    for path in gone:
        shutil.rmtree(path)
    return gone


def _copy_town(applied: Applied, part: Path, seconds: float, anyway: bool) -> Made:
    kind = databases_kind_of(applied)
    with ExitStack() as stack:
        found = kind.open_databases(stack)
        with open_moments(applied, found) as taking:
            taken = taking.take(seconds, anyway=anyway)
        _copy_databases(found, part)
    _copy_files(applied, part)
    depths = applied.broker().depths()
    dead = sum(count for name, count in depths.items() if name.startswith("dead."))
    size = _write_manifest(applied, part, kind, taken)
    return Made(taken.at, len(found), size, taken.unsettled, dead)


@contextmanager
def open_moments(applied: Applied, found: Found) -> Iterator[Moments]:
    """Give who takes a moment of a town's databases."""
    data = {Path(place.file).stem: each for each, place in found if place.folder == DATA}
    marked = [row["name"] for row in applied.principals() if row["name"] != OPS]
    broker = applied.broker()
    marks = Marks(Settings.from_env(applied.environment(OPS)), marked, broker.readers)
    with closing(marks), open_stores(applied, data) as stores:
        databases = [database for database, _ in found]
        yield Moments(broker, databases, data, HeldRelays(stores), marks)


def _copy_databases(found: Found, to: Path) -> None:
    for database, place in found:
        directory = to / place.folder
        directory.mkdir(mode=PRIVATE, exist_ok=True)
        file = directory / place.file
        file.touch(mode=0o600)
        database.copy(file)


def _copy_files(applied: Applied, to: Path) -> None:
    instance = applied.instance
    for part, files in (
        (SECRETS, sorted(instance.secrets_dir.glob("*.env"))),
        (HOME, sorted(path for path in instance.home.iterdir() if path.is_file())),
    ):
        (to / part).mkdir(mode=PRIVATE)
        for path in files:
            if path.name not in (MARKER, instance.hosts_path.name):  # which is of this machine
                shutil.copy2(path, to / part / path.name)
    shutil.copy2(applied.town_file, to / HOME / TOWN_FILE)


def _write_manifest(applied: Applied, part: Path, kind: Kind, taken: Taken) -> int:
    """Write what the copy is; return its size in bytes."""
    files = sorted(path for path in part.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "town": applied.town().code,
        "at": taken.at.isoformat(),
        "one_moment": taken.is_whole,
        "on_the_way": taken.unsettled,
        "databases": kind.description,
        "files": {str(path.relative_to(part)): digest_of_file(path) for path in files},
    }
    replace_file(part / MANIFEST, json.dumps(manifest, indent=1), mode=0o600)
    return sum(path.stat().st_size for path in files)


def read_manifest(copy: Path) -> dict[str, Any]:
    """Return what a copy says it is, each of its files compared; raises BackupError."""
    manifest = _manifest_or_nothing(copy)
    if not manifest:
        raise BackupError(f"{copy} is not a copy of a town.")
    former = FORMER.get(manifest["format"])
    if manifest["format"] != FORMAT and former is None:
        raise BackupError(f"{copy} has the format {manifest['format']}, not {FORMAT}.")
    manifest.setdefault("databases", former)
    for name, wanted in manifest["files"].items():
        if not (copy / name).is_file() or digest_of_file(copy / name) != wanted:
            raise BackupError(f"{copy}: {name} is not what was copied.")
    return manifest


def events_on_the_way_of(copy: Path) -> dict[str, Any]:
    """Return what a copy may lack, by queue; empty for one that is of one moment."""
    return dict(_manifest_or_nothing(copy).get("on_the_way", {}))


def _manifest_or_nothing(copy: Path) -> dict[str, Any]:
    """Return what a directory says of itself; {} where it is no copy."""
    try:
        return dict(json.loads((copy / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
