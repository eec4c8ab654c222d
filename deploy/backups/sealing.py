"""
Archives sealed with age: tar, encrypted as it is written, and never whole in memory.

Any age opens one, Debian's too: `age --decrypt --identity KEY data.age | tar --extract`. Who made a
copy cannot open it again: it knows public keys alone.
"""

import os
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import pyrage
from pyrage import x25519

from deploy.backups.databases.interface import BackupError

Identity: TypeAlias = x25519.Identity
"""A private key."""


@contextmanager
def new_sealed_archive(path: Path, recipients: Sequence[str]) -> Iterator[tarfile.TarFile]:
    """Give an archive to add files to; whoever has one of the recipients' private keys opens it."""
    keys = [x25519.Recipient.from_str(each) for each in recipients]
    reader, writer = os.pipe()

    def seal_stream() -> None:
        with open(reader, "rb") as clear, open(path, "xb", opener=_open_private) as sealed:
            pyrage.encrypt_io(clear, sealed, keys)
            sealed.flush()
            os.fsync(sealed.fileno())

    with ThreadPoolExecutor(1) as pool:
        sealing = pool.submit(seal_stream)
        try:
            with open(writer, "wb") as clear, tarfile.open(fileobj=clear, mode="w|") as archive:
                yield archive
        except BrokenPipeError:
            sealing.result()  # why nobody reads any more
            raise
        sealing.result()


def add_to_archive(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file under a name, without what it says of this machine's users."""
    archive.add(path, name, recursive=False, filter=_without_owner)


def unpack_sealed_archive(path: Path, identities: Sequence[Identity], to: Path) -> None:
    """Put the files of a sealed archive into a folder; raises BackupError, and leaves a part."""
    reader, writer = os.pipe()

    def unseal_stream() -> None:
        with (
            suppress(BrokenPipeError),
            open(path, "rb") as sealed,
            open(writer, "wb") as clear,
        ):
            pyrage.decrypt_io(sealed, clear, identities)

    with ThreadPoolExecutor(1) as pool, open(reader, "rb") as clear:
        unsealing = pool.submit(unseal_stream)
        try:
            with tarfile.open(fileobj=clear, mode="r|") as archive:
                archive.extractall(to, filter="data")
            shutil.copyfileobj(clear, _Nowhere())
        except (tarfile.TarError, EOFError):
            clear.close()
            _raise_reason_not_opened(path, unsealing.exception())
            raise BackupError(f"{path} is no archive of a copy.") from None
        _raise_reason_not_opened(path, unsealing.exception())


def read_identities(path: Path) -> list[Identity]:
    """Return the private keys of a file as age-keygen writes it; raises BackupError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BackupError(f"{path} cannot be read as a file of private keys.") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            try:
                found.append(x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError:
                raise BackupError(
                    f"{path}, line {number}: not a private key of age (AGE-SECRET-KEY-…)."
                ) from None
    if not found:
        raise BackupError(f"{path} holds no private key of age.")
    return found


def _raise_reason_not_opened(path: Path, error: BaseException | None) -> None:
    """Raise what a person can do something about, where opening has failed."""
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        raise BackupError(f"{path} is sealed to other keys than the one that was named.") from None
    if isinstance(error, pyrage.DecryptError | OSError):
        raise BackupError(f"{path} was altered, or is not whole.") from None
    if error is not None:
        raise error


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, _data: bytes) -> None:
        """Keep nothing."""


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
