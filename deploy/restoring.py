"""A town made again from a copy, in a home that has none; `preau up` then starts it."""

import shutil
from datetime import datetime
from pathlib import Path

from deploy.applied import Applied
from deploy.backup import DATA, HOME, KEYS, SECRETS, SQLITE, BackupError, read_manifest
from deploy.instance import Instance


def restore(applied: Applied, copy: Path, newer_keys: Path | None = None) -> datetime:
    """
    Put a copy in place and return the moment of which it is; raises BackupError.

    With `newer_keys`, a later copy of the same town, keys are taken from there: what was erased
    between the two stays unreadable.
    """
    instance = applied.instance
    if instance.register_path.exists() or any(instance.data_dir.glob("*.sqlite")):
        raise BackupError(f"{instance.home} holds a town: restore into an empty home.")
    manifest = read_manifest(copy)
    keys = _keys_of(copy, manifest["town"], manifest["at"], newer_keys)
    instance.prepare()
    for directory, to in (
        (copy / HOME, instance.home),
        (copy / SECRETS, instance.secrets_dir),
        (copy / DATA, instance.data_dir),
        (keys / KEYS, instance.data_dir),
    ):
        for path in sorted(directory.glob("*")):
            shutil.copy2(path, to / path.name)
    _lead_to_this_home(applied, instance)
    return datetime.fromisoformat(manifest["at"])


def _keys_of(copy: Path, town: str, at: str, newer: Path | None) -> Path:
    if newer is None:
        return copy
    manifest = read_manifest(newer)
    if manifest["town"] != town:
        raise BackupError(f"{newer} is of another town.")
    if datetime.fromisoformat(manifest["at"]) < datetime.fromisoformat(at):
        raise BackupError(
            f"{newer} is older than {copy}: its keys would bring back what is erased."
        )
    return newer


def _lead_to_this_home(applied: Applied, instance: Instance) -> None:
    """Name the databases where they lie now; the copy says where they lay."""
    for path in sorted(instance.secrets_dir.glob("*.env")):
        principal = path.stem
        values = applied.secrets.read(principal)
        places = {
            "DATABASE_URL": instance.sqlite_url(principal),
            "KEYS_URL": instance.keys_url(principal),
        }
        wanted = {
            name: place for name, place in places.items() if values.get(name, "").startswith(SQLITE)
        }
        applied.secrets.update(principal, **wanted)
