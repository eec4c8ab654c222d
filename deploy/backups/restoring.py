"""
A town made again from a copy, in a home that has none; `preau up` then starts it.

A sealed copy is opened whole into the home, and checked, before anything of it is put in its place.
The register comes last: a home has a town once it has one, and a half that was left has none.
"""

import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.applied_town import Applied
from deploy.backups.data_and_secrets import (
    fingerprint_of_key,
    folder_of_opened_data,
    folder_of_opened_secrets,
)
from deploy.backups.databases.interface import DATA, HOME, KEYS, SECRETS, BackupError
from deploy.backups.databases.kind import choose_databases_kind
from deploy.backups.making import (
    read_manifest,
    require_version_of_copy,
    town_and_moment_of_secrets,
)
from deploy.backups.sealing import read_identities
from deploy.instance.instance import ENGINES_FILE, PRIVATE, sync_to_disk
from deploy.instance.secrets import ENCRYPTION_KEY, NEXT_ENCRYPTION_KEY, read_secrets
from shared.json_values import JsonObject

STAGING = "restore"
EVERYBODYS = 0o644
"""Mode of the files that every process reads, each as its own user."""


@dataclass(frozen=True)
class Opened:
    """A copy in clear: each is a folder that holds those of a copy."""

    manifest: JsonObject
    data: Path
    secrets: Path
    keys: Path


def restore_town(
    applied: Applied, copy: Path, newer_keys: Path | None = None, identity: Path | None = None
) -> datetime:
    """
    Put a copy in place and return the moment of which it is; raises BackupError.

    With `newer_keys`, of a later copy of the same town, keys are taken from there: what was erased
    between the two stays unreadable. `identity` is the file of the private key that opens both.
    What says on what the town runs is the home's own where it has that already. Where it fails
    there is nothing in the home that was not there before.
    """
    instance = applied.instance
    if instance.register_path.exists() or any(instance.data_dir.glob("*/*.sqlite")):
        raise BackupError(
            f"{instance.home} holds a town: restore into an empty home, or call `preau rollback`."
        )
    manifest = read_manifest(copy)
    require_version_of_copy(copy, manifest)
    instance.prepare_folders()
    staging = instance.run_dir / STAGING
    with ExitStack() as cleared, ExitStack() as undo:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=PRIVATE)
        cleared.callback(shutil.rmtree, staging, ignore_errors=True)
        opened = _open_copy(copy, manifest, newer_keys, identity, staging)
        register = _restore_files_without_register(applied, opened, undo)
        broker = applied.broker_as_administrator()
        if not applied.engines_of_town.own and broker.has_virtual_host():
            raise BackupError(
                f"The broker has {broker.vhost} already: what lies in it is of later than"
                " the copy. Delete that virtual host; `preau apply` makes it again."
            )
        kind = choose_databases_kind(applied)
        kind.require_restorable(manifest["databases"])
        cleared.enter_context(applied.engines_of_town.database_running())  # still when `undo` drops
        kind.restore_databases(opened.data / DATA, opened.keys / KEYS, undo)
        _note_later_keys(applied, opened.keys / SECRETS)
        os.sync()  # or a power cut leaves a register, which says that all is there, without it
        if register is not None:
            register.replace(instance.register_path)
            sync_to_disk(instance.public_dir)
        undo.pop_all()
    return datetime.fromisoformat(manifest["at"])


def _restore_files_without_register(
    applied: Applied, opened: Opened, undo: ExitStack
) -> Path | None:
    """
    Put what the instance decided, and the secrets that it had then, into the home.

    Return the register of the copy, if it has one, where one rename puts it in its place.
    """
    instance = applied.instance
    register: Path | None = None
    secrets = [opened.secrets / SECRETS / f"{name}.env" for name in opened.manifest["secrets"]]
    public = {path.name for path in instance.public_paths}
    decided = sorted((opened.data / HOME).glob("*"))
    copied = {
        instance.home: [path for path in decided if path.name not in public],
        instance.public_dir: [path for path in decided if path.name in public],
        instance.secrets_dir: [path for path in secrets if path.exists()],
    }
    for to, paths in copied.items():
        for path in paths:
            if not (to / path.name).exists():
                undo.callback((to / path.name).unlink, missing_ok=True)
            elif path.name == ENGINES_FILE:
                continue
            place = to / path.name
            if place == instance.register_path:
                place = register = instance.run_dir / STAGING / path.name
            shutil.copy2(path, place)
            if to == instance.public_dir:  # in a sealed copy it was its owner's alone
                place.chmod(EVERYBODYS)
    return register


def _open_copy(
    copy: Path, manifest: JsonObject, newer: Path | None, identity: Path | None, staging: Path
) -> Opened:
    identities = read_identities(identity) if identity is not None else []
    own = folder_of_opened_secrets(copy, identities, staging / "own")
    later = None
    if newer is not None:
        if newer.is_dir():
            read_manifest(newer)
        elif not newer.is_file():
            raise BackupError(f"{newer} is not there.")
        later = folder_of_opened_secrets(newer, identities, staging / "later")
        _require_later_keys(newer, later, copy, manifest)
    secrets, keys = own or later, later or own
    if secrets is None or keys is None:
        raise BackupError(
            f"{copy} holds neither keys nor secrets{_where_secrets_went_in_words(manifest)}: name"
            " a file of them, or a later copy that has them, by --keys."
        )
    if own is None:
        _require_same_keys(copy, manifest, secrets)
    return Opened(manifest, folder_of_opened_data(copy, identities, staging), secrets, keys)


def _where_secrets_went_in_words(manifest: JsonObject) -> str:
    return f" (they went to {manifest['apart']})" if manifest["apart"] else ""


def _require_later_keys(newer: Path, opened: Path | None, copy: Path, manifest: JsonObject) -> None:
    if opened is None:
        raise BackupError(f"{newer} holds no keys.")
    noted = town_and_moment_of_secrets(opened)
    if noted.get("town") != manifest["town"]:
        raise BackupError(f"{newer} is of another town.")
    if datetime.fromisoformat(noted["at"]) < datetime.fromisoformat(manifest["at"]):
        raise BackupError(
            f"{newer} is older than {copy}: its keys would bring back what is erased."
        )


def _require_same_keys(copy: Path, manifest: JsonObject, secrets: Path) -> None:
    """Raise BackupError where secrets are of after a change of keys, and open nothing of a copy."""
    for name, wanted in manifest["keys"].items():
        file = secrets / SECRETS / f"{name}.env"
        theirs = read_secrets(file).get(ENCRYPTION_KEY) if file.exists() else None
        if theirs and fingerprint_of_key(theirs) != wanted:
            raise BackupError(
                f"Keys were changed after {copy} was made: only secrets of before that open it."
            )


def _note_later_keys(applied: Applied, secrets: Path) -> None:
    """
    Name the key under which the subjects' keys lie, where it was changed after the copy was made.

    As after a change that was broken off: `preau apply` seals all under the later one.
    """
    for file in sorted(secrets.glob("*.env")):
        theirs = read_secrets(file).get(ENCRYPTION_KEY)
        ours = applied.secrets.read_values(file.stem).get(ENCRYPTION_KEY)
        if ours and theirs and ours != theirs:
            applied.secrets.update_values(file.stem, **{NEXT_ENCRYPTION_KEY: theirs})
