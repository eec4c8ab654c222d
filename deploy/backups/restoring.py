"""A town made again from a copy, in a home that has none; `preau up` then starts it."""

import shutil
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from deploy.applied import Applied
from deploy.backups.databases_kind import databases_kind_of
from deploy.backups.interfaces import DATA, HOME, KEYS, SECRETS, BackupError
from deploy.backups.making import read_manifest
from deploy.instance.instance import ENGINES_FILE
from deploy.instance.secrets import ENCRYPTION_KEY, NEXT_ENCRYPTION_KEY, read_secrets


def restore_town(applied: Applied, copy: Path, newer_keys: Path | None = None) -> datetime:
    """
    Put a copy in place and return the moment of which it is; raises BackupError.

    With `newer_keys`, a later copy of the same town, keys are taken from there: what was erased
    between the two stays unreadable. What says on what the town runs is the home's own where it
    has that already. Where it fails there is nothing in the home that was not there before.
    """
    instance = applied.instance
    if instance.register_path.exists() or any(instance.data_dir.glob("*/*.sqlite")):
        raise BackupError(f"{instance.home} holds a town: restore into an empty home.")
    manifest = read_manifest(copy)
    keys = _copy_with_keys(copy, manifest["town"], manifest["at"], newer_keys)
    instance.prepare()
    with ExitStack() as undo:
        for folder, to in ((HOME, instance.home), (SECRETS, instance.secrets_dir)):
            for path in sorted((copy / folder).glob("*")):
                if not (to / path.name).exists():
                    undo.callback((to / path.name).unlink, missing_ok=True)
                elif path.name == ENGINES_FILE:
                    continue
                shutil.copy2(path, to / path.name)
        if not applied.engines.own and applied.broker().exists():
            raise BackupError(
                f"The broker has {applied.broker().vhost} already: what lies in it is of later than"
                " the copy. Delete that virtual host; `preau apply` makes it again."
            )
        kind = databases_kind_of(applied)
        kind.require_restorable(manifest["databases"])
        kind.restore(copy / DATA, keys / KEYS, undo)
        _note_later_keys(applied, keys / SECRETS)
        undo.pop_all()
    return datetime.fromisoformat(manifest["at"])


def _copy_with_keys(copy: Path, town: str, at: str, newer: Path | None) -> Path:
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


def _note_later_keys(applied: Applied, secrets: Path) -> None:
    """
    Name the key under which the subjects' keys lie, where it was changed after the copy was made.

    As after a change that was broken off: `preau apply` seals all under the later one.
    """
    for file in sorted(secrets.glob("*.env")):
        theirs = read_secrets(file).get(ENCRYPTION_KEY)
        ours = applied.secrets.read(file.stem).get(ENCRYPTION_KEY)
        if ours and theirs and ours != theirs:
            applied.secrets.update(file.stem, **{NEXT_ENCRYPTION_KEY: theirs})
