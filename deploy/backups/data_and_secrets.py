"""
The two parts of a copy: data, and what opens it, which is kept for another time or elsewhere.

    sealed:    <copy>/data.age     <copy>/secrets.age, or <secrets_into>/<town>-<copy>.age
    in clear:  <copy>/data/        databases          <copy>/keys/     keys of subjects
               <copy>/home/        town file, …       <copy>/secrets/  passwords, keys of principals
"""

import hashlib
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.backups.databases.interface import KEYS, SECRETS, BackupError
from deploy.backups.sealing import (
    Identity,
    add_to_archive,
    new_sealed_archive,
    unpack_sealed_archive,
)
from deploy.engines.town_engines import BackupSettings
from deploy.instance.instance import PRIVATE, sync_to_disk
from deploy.instance.secrets import ENCRYPTION_KEY, Secrets

DATA_FILE, SECRETS_FILE = "data.age", "secrets.age"
OPENING = (SECRETS, KEYS)
"""The folders that open the data."""


@dataclass(frozen=True)
class ClearPart:
    """Files in folders, as they are."""

    at: Path

    @contextmanager
    def open_new_file(self, folder: str, name: str) -> Iterator[Path]:
        """Give where a file is to be written."""
        directory = self.at / folder
        directory.mkdir(mode=PRIVATE, exist_ok=True)
        path = directory / name
        path.touch(mode=0o600)
        yield path


@dataclass(frozen=True)
class SealedPart:
    """One archive; a file lies in clear only while it is added, on the disk of the town."""

    archive: tarfile.TarFile
    staging: Path

    @contextmanager
    def open_new_file(self, folder: str, name: str) -> Iterator[Path]:
        """Give where a file is to be written; it is sealed, and gone, afterwards."""
        path = self.staging / name
        path.touch(mode=0o600)
        try:
            yield path
            add_to_archive(self.archive, path, f"{folder}/{name}")
        finally:
            path.unlink()


@dataclass(frozen=True)
class Parts:
    """Both parts of a copy that is being made; `opening` is None where it is in no copy."""

    data: ClearPart | SealedPart
    opening: ClearPart | SealedPart | None

    def part_holding_folder(self, folder: str) -> ClearPart | SealedPart | None:
        """Return the part to which a folder belongs."""
        return self.opening if folder in OPENING else self.data


@contextmanager
def make_parts_of_copy(copy: Path, settings: BackupSettings, staging: Path) -> Iterator[Parts]:
    """Give the parts of a new copy, sealed where somebody is named who may open them."""
    if not settings.recipients:
        clear = ClearPart(copy)
        yield Parts(clear, clear if settings.secrets_in_clear else None)
        return
    with ExitStack() as stack:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=PRIVATE)
        stack.callback(shutil.rmtree, staging, ignore_errors=True)
        data, opening = (
            SealedPart(
                stack.enter_context(new_sealed_archive(copy / name, settings.recipients)), staging
            )
            for name in (DATA_FILE, SECRETS_FILE)
        )
        yield Parts(data, opening)


def require_folder_for_secrets(settings: BackupSettings) -> None:
    """Raise BackupError where the folder for secrets, if there is one, is not mounted or made."""
    if settings.secrets_into and not Path(settings.secrets_into).is_dir():
        raise BackupError(f"{settings.secrets_into}, where secrets are to go, is no folder.")


def name_in_folder_for_secrets(settings: BackupSettings, town: str, copy: str) -> str:
    """Return how what opens a copy is called in the folder apart; "" where there is none."""
    return f"{town}-{copy}.age" if settings.secrets_into and settings.recipients else ""


def move_secrets_apart(settings: BackupSettings, copy: Path, name: str) -> Path:
    """Move what opens a copy to the folder apart; return where it lies."""
    folder = Path(settings.secrets_into)
    target, part = folder / name, folder / f"{name}.part"
    shutil.move(copy / SECRETS_FILE, part)
    sync_to_disk(part)
    part.rename(target)
    sync_to_disk(folder)
    return target


def is_secret_file_of_copy(name: str) -> bool:
    """Return whether a file of a copy, by its path in it, is of what opens the data."""
    return name == SECRETS_FILE or name.split("/", maxsplit=1)[0] in OPENING


def delete_secrets_of_copy(copy: Path) -> list[Path]:
    """Delete what opens the data of a copy; return what is gone."""
    gone = [copy / name for name in (SECRETS_FILE, *OPENING) if (copy / name).exists()]
    for path in gone:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return gone


def folder_of_opened_data(copy: Path, identities: Sequence[Identity], staging: Path) -> Path:
    """Return the folder in which the data of a copy lies in clear; raises BackupError."""
    return _unseal_or_take_clear(copy / DATA_FILE, copy, identities, staging / DATA_FILE)


def folder_of_opened_secrets(
    source: Path, identities: Sequence[Identity], staging: Path
) -> Path | None:
    """Return where what opens a copy lies in clear, of a copy or its file apart; None: nowhere."""
    if source.is_dir():
        if not any((source / name).exists() for name in (SECRETS_FILE, *OPENING)):
            return None
        return _unseal_or_take_clear(
            source / SECRETS_FILE, source, identities, staging / SECRETS_FILE
        )
    return _unseal_or_take_clear(source, source, identities, staging / source.name)


def _unseal_or_take_clear(
    sealed: Path, clear: Path, identities: Sequence[Identity], to: Path
) -> Path:
    if not sealed.is_file():
        return clear
    if not identities:
        raise BackupError(
            f"{sealed} is sealed: name the file of a private key that opens it by --identity."
        )
    to.mkdir(mode=PRIVATE, parents=True)
    unpack_sealed_archive(sealed, identities, to)
    return to


def key_fingerprints(secrets: Secrets) -> dict[str, str]:
    """Return a digest of the key under which each principal's values are sealed."""
    keys = {
        name: secrets.read_values(name).get(ENCRYPTION_KEY)
        for name in secrets.principals_with_secrets()
    }
    return {name: fingerprint_of_key(key) for name, key in keys.items() if key}


def fingerprint_of_key(key: str) -> str:
    """Return what distinguishes a key from another, and reveals nothing of it."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]
