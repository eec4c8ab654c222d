"""
A copy of a town: every database as of one moment, keys, secrets, and what the instance decided.

`backup.json` says what it is, with the SHA-256 of each file; the others are of one of two parts
(deploy/backups/data_and_secrets.py). The broker is not copied: `preau up` makes it from the
register. Keys lie apart, so that they may be kept for a shorter time: without them, what was erased
since is read by nobody (crypto-shredding).
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from deploy.applied_town import Applied
from deploy.backups.data_and_secrets import (
    Parts,
    delete_secrets_of_copy,
    is_secret_file_of_copy,
    key_fingerprints,
    make_parts_of_copy,
    move_secrets_apart,
    name_in_folder_for_secrets,
    require_folder_for_secrets,
)
from deploy.backups.databases.interface import DATA, HOME, SECRETS, BackupError, Kind, Opened, Place
from deploy.backups.databases.kind import choose_databases_kind
from deploy.backups.held_relays import HeldRelays, open_stores
from deploy.backups.quiet_moment import Moments, Taken
from deploy.doctor.host import BACKED_UP
from deploy.engines.town_engines import BackupSettings
from deploy.instance.instance import (
    MARKER,
    NAMED_TOWN_FILE,
    PRIVATE,
    TOWN_FILE,
    replace_file,
    sync_folder_to_disk,
    sync_to_disk,
    try_file_lock,
)
from deploy.instance.release import Release, release_here
from deploy.provisioning.databases import require_one_kind
from deploy.provisioning.key_renewal import is_key_change_broken_off
from shared.bus.handling.drain_marks import Marks
from shared.dates.clock import PARIS
from shared.json_values import JsonObject
from shared.register.declarations import OPS
from shared.settings import Settings

FORMAT = 4

MANIFEST, PART = "backup.json", ".part"
STAGING = "backup"
"""The folder, beside the town's data, in which a file lies before it is sealed."""

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
    apart: Path | None = None
    """The file of its keys and secrets, where that lies in another folder."""


def make_backup(applied: Applied, target: Path, seconds: float, *, anyway: bool = False) -> Made:
    """
    Copy a running town to a directory that is not there yet, and return what it is.

    Raises BackupError; then there is no copy. With `anyway` one is made though events may be on
    their way, after `seconds` of waiting: it says of itself that it is not of one moment.
    """
    if target.exists():
        raise BackupError(f"{target} is there already.")
    require_one_kind(applied.engines_of_town, applied.secrets)
    if not applied.engines_of_town.is_broker_running():
        raise BackupError("The town is down: what lies in its broker is in no database. Start it.")
    require_folder_for_secrets(applied.engines_of_town.backup)
    with applied.secrets.hold_keys_unchanged(), _one_copy_at_a_time(applied):
        return _make_copy_then_rename(applied, target, seconds, anyway)


@contextmanager
def _one_copy_at_a_time(applied: Applied) -> Iterator[None]:
    """Let one copy at a time use the folder in which files lie before they are sealed."""
    with open(applied.instance.run_dir / "backup.lock", "w", encoding="ascii") as lock:
        if not try_file_lock(lock):
            raise BackupError("Another copy of this town is being made: try again.")
        yield


def _make_copy_then_rename(applied: Applied, target: Path, seconds: float, anyway: bool) -> Made:
    if is_key_change_broken_off(applied):
        raise BackupError("A change of keys was broken off: `preau apply` ends it.")
    part = target.with_name(f"{target.name}{PART}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=PRIVATE, parents=True)
    try:
        made = _copy_town(applied, part, seconds, anyway)
        if name := name_in_folder_for_secrets(
            applied.engines_of_town.backup, applied.read_town_file().code, _name_of_copy(part)
        ):
            made = replace(
                made, apart=move_secrets_apart(applied.engines_of_town.backup, part, name)
            )
        sync_folder_to_disk(part)
        part.rename(target)
        sync_to_disk(target.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if not made.on_the_way:
        (applied.instance.home / BACKED_UP).touch()
    return made


def _name_of_copy(part: Path) -> str:
    """Return how a copy that is being made will be called."""
    return part.name.removesuffix(PART)


def name_of_nightly_copy(at: datetime) -> str:
    """Return how a nightly copy is called: names sort by their moments, in France."""
    return f"{at.astimezone(PARIS):%Y-%m-%d-%Hh%M}"


def delete_older_backups(folder: Path, town: str, keep: int) -> list[Path]:
    """
    Delete the nightly copies of a town in a folder, but the latest `keep`; return what is gone.

    What is not called as `name_of_nightly_copy` calls them, or says of itself to be of another
    town, stays.
    """
    copies = sorted(path for path in folder.iterdir() if NIGHTLY.fullmatch(path.name))
    ours = [path for path in copies if _read_manifest_if_any(path).get("town") == town]
    gone = ours[: max(len(ours) - keep, 0)]
    for path in gone:
        shutil.rmtree(path)
    return gone


def delete_older_secrets(folder: Path, town: str, settings: BackupSettings) -> list[Path]:
    """Delete what opens the nightly copies of a town, but the latest; return what is gone."""
    copies = [path for path in sorted(folder.iterdir()) if NIGHTLY.fullmatch(path.name)]
    with_secrets = [
        path
        for path in copies
        if _read_manifest_if_any(path).get("town") == town
        and any(is_secret_file_of_copy(each.name) for each in path.iterdir())
    ]
    gone = [
        each
        for path in with_secrets[: -settings.secrets_nights]
        for each in delete_secrets_of_copy(path)
    ]
    apart = Path(settings.secrets_into).glob(f"{town}-*.age") if settings.secrets_into else ()
    nightly = sorted(
        path for path in apart if NIGHTLY.fullmatch(path.stem.removeprefix(f"{town}-"))
    )
    for path in nightly[: -settings.secrets_nights]:
        path.unlink()
        gone.append(path)
    return gone


def _copy_town(applied: Applied, part: Path, seconds: float, anyway: bool) -> Made:
    kind = choose_databases_kind(applied)
    with ExitStack() as stack:
        found = kind.open_databases(stack)
        with open_moment_taker(applied, found) as taking:
            taken = taking.take_moment(seconds, anyway=anyway)
        staging = applied.instance.run_dir / STAGING
        with make_parts_of_copy(part, applied.engines_of_town.backup, staging) as parts:
            _note_moment_beside_secrets(applied, parts, taken)
            _copy_databases(found, parts)
            _copy_files(applied, parts)
    depths = applied.broker_as_administrator().count_messages_by_queue()
    dead = sum(count for name, count in depths.items() if name.startswith("dead."))
    size = _write_manifest(applied, part, kind, taken)
    return Made(taken.at, len(found), size, taken.unsettled, dead)


@contextmanager
def open_moment_taker(applied: Applied, found: Found) -> Iterator[Moments]:
    """Give who takes a moment of a town's databases."""
    data = {Path(place.file).stem: each for each, place in found if place.folder == DATA}
    marked = [row["name"] for row in applied.principals_in_force() if row["name"] != OPS]
    broker = applied.broker_as_administrator()
    marks = Marks(
        Settings.from_env(applied.environment_of_principal(OPS)),
        marked,
        broker.consumer_tags_by_queue,
    )
    with closing(marks), open_stores(applied, data) as stores:
        databases = [database for database, _ in found]
        yield Moments(broker, databases, data, HeldRelays(stores), marks)


def _note_moment_beside_secrets(applied: Applied, parts: Parts, taken: Taken) -> None:
    """Let what opens a copy say of which town and moment it is, wherever it is kept."""
    if parts.opening is not None:
        said = {"format": FORMAT, "town": applied.read_town_file().code, "at": taken.at.isoformat()}
        with parts.opening.open_new_file(SECRETS, MANIFEST) as path:
            path.write_text(json.dumps(said), "utf-8")


def _copy_databases(found: Found, parts: Parts) -> None:
    for database, place in found:
        part = parts.part_holding_folder(place.folder)
        if part is not None:
            with part.open_new_file(place.folder, place.file) as path:
                database.copy_to_file(path)


def _copy_files(applied: Applied, parts: Parts) -> None:
    instance = applied.instance
    town_file = instance.home / TOWN_FILE
    of_this_machine = (
        MARKER,
        instance.hosts_path.name,
        instance.release_path.name,
        NAMED_TOWN_FILE,
    )
    folders = (instance.home, instance.public_dir)
    decided = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    copied = {
        SECRETS: {path.name: path for path in sorted(instance.secrets_dir.glob("*.env"))},
        HOME: {path.name: path for path in decided if path.name not in of_this_machine}
        | {town_file.name: applied.town_file},
    }
    for folder, files in copied.items():
        part = parts.part_holding_folder(folder)
        if part is None:
            continue
        for name, path in files.items():
            with part.open_new_file(folder, name) as to:
                shutil.copy2(path, to)


def _write_manifest(applied: Applied, part: Path, kind: Kind, taken: Taken) -> int:
    """Write what the copy is; return its size in bytes."""
    files = sorted(path for path in part.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "version": release_here().version,
        "town": applied.read_town_file().code,
        "at": taken.at.isoformat(),
        "one_moment": taken.is_proven_quiet,
        "on_the_way": taken.unsettled,
        "databases": kind.description,
        "secrets": applied.secrets.principals_with_secrets(),
        "keys": key_fingerprints(applied.secrets),
        "apart": name_in_folder_for_secrets(
            applied.engines_of_town.backup, applied.read_town_file().code, _name_of_copy(part)
        ),
        "files": {str(path.relative_to(part)): digest_of_file(path) for path in files},
    }
    replace_file(part / MANIFEST, json.dumps(manifest, indent=1), mode=0o600)
    return sum(path.stat().st_size for path in files)


def read_manifest(copy: Path) -> JsonObject:
    """
    Return what a copy says it is, each of its files compared; raises BackupError.

    What opens it may be kept elsewhere, or be gone, all of it.
    """
    manifest = _read_manifest_if_any(copy)
    if not manifest:
        raise BackupError(f"{copy} is not a copy of a town.")
    if manifest["format"] != FORMAT:
        raise BackupError(
            f"{copy} has the format {manifest['format']}, not {FORMAT}: the version of Préau that"
            " made it restores it."
        )
    opening = {name for name in manifest["files"] if is_secret_file_of_copy(name)}
    if not any((copy / name).exists() for name in opening):
        manifest["files"] = {
            name: wanted for name, wanted in manifest["files"].items() if name not in opening
        }
    for name, wanted in manifest["files"].items():
        if not (copy / name).is_file():
            raise BackupError(f"{copy}: {name} is missing.")
        if digest_of_file(copy / name) != wanted:
            raise BackupError(f"{copy}: {name} is not what was copied.")
    return manifest


def require_version_of_copy(copy: Path, manifest: JsonObject) -> None:
    """Raise BackupError where a copy was made by a later version than this."""
    made, here = Release(manifest["version"], copy), release_here()
    if made.order > here.order:
        raise BackupError(
            f"{copy} was made by Préau {made.version}, and this is {here.version}, which is older:"
            " that version restores it."
        )


def town_and_moment_of_secrets(opened: Path) -> JsonObject:
    """Return of which town and moment what opens a copy says it is."""
    return _read_manifest_if_any(opened / SECRETS)


def events_copy_may_lack(copy: Path) -> JsonObject:
    """Return what a copy may lack, by queue; empty for one that is of one moment."""
    return dict(_read_manifest_if_any(copy).get("on_the_way", {}))


def _read_manifest_if_any(copy: Path) -> JsonObject:
    """Return what a directory says of itself; {} where it is no copy."""
    try:
        return dict(json.loads((copy / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
