"""
The archive of a release: `make release`.

It holds what is committed, and three files beside: the commit, the bill of materials of what the
locks name, and the digest of each file. The same commit, packages and Python make the same bytes.
"""

import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from deploy.instance.instance import PROJECT
from deploy.instance.release import COMMIT
from deploy.instance.user_error import UserError
from deploy.releases.requirements.bill_of_materials import bill_as_text, bill_of_materials
from shared.runtime.version import version_of_code

CHANGES = "CHANGELOG.md"
CHANGES_OF_VERSION = r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$"
BILL, DIGESTS = "preau.cdx.json", "SHA256SUMS"


def make_archive(project: Path, into: Path) -> Path:
    """
    Write the archive of a checkout's last commit to a folder, and beside it its digest and bill.

    Raises UserError where something is not committed, which would not be in it, or where the list
    of changes does not begin with its version.
    """
    if uncommitted := _ask_git(project, "status", "--porcelain").decode().splitlines():
        raise UserError(f"Not committed, so in no release: {', '.join(uncommitted)}")
    version = version_of_code(project)
    _require_changes_of_version(project, version)
    name = f"preau-{version}"
    bill = bill_as_text(bill_of_materials()).encode()
    made = gzip.compress(_tar_of_release(project, f"{name}/", bill), mtime=0)
    into.mkdir(parents=True, exist_ok=True)
    archive = into / f"{name}.tar.gz"
    archive.write_bytes(made)
    digest = f"{hashlib.sha256(made).hexdigest()}  {archive.name}\n"
    archive.with_name(f"{archive.name}.sha256").write_text(digest, "ascii")
    (into / f"{name}.cdx.json").write_bytes(bill)
    return archive


def _require_changes_of_version(project: Path, version: str) -> None:
    listed = re.findall(CHANGES_OF_VERSION, (project / CHANGES).read_text("utf-8"), re.MULTILINE)
    if listed[:1] != [version]:
        raise UserError(f"{CHANGES} does not begin with {version} and its day.")


def _tar_of_release(project: Path, prefix: str, bill: bytes) -> bytes:
    """Return a tar of what is committed, and of what else a release holds, all of one moment."""
    options = ("-c", "tar.umask=0022", "archive", "--format=tar", f"--prefix={prefix}", "HEAD")
    said = _ask_git(project, "log", "-1", "--format=%H %cs %ct").decode().split()
    commit, day, moment = said[0][:9], said[1], int(said[2])
    tar = io.BytesIO(_ask_git(project, *options))
    beside = {COMMIT: f"{commit}, {day}\n".encode(), BILL: bill}
    with tarfile.open(fileobj=tar) as committed:
        digests = {
            entry.name.removeprefix(prefix): _digest_of_entry(committed, entry)
            for entry in committed
            if entry.isfile()
        }
    digests |= {name: hashlib.sha256(content).hexdigest() for name, content in beside.items()}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    _append_files(tar, prefix, {**beside, DIGESTS: "".join(lines).encode()}, moment)
    return tar.getvalue()


def _digest_of_entry(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = archive.extractfile(entry)
    assert file is not None
    return hashlib.sha256(file.read()).hexdigest()


def _append_files(tar: io.BytesIO, prefix: str, files: Mapping[str, bytes], moment: int) -> None:
    tar.seek(0)
    with tarfile.open(fileobj=tar, mode="a:") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{prefix}{name}")
            entry.size, entry.mtime, entry.mode = len(content), moment, 0o644
            entry.uname = entry.gname = "root"
            archive.addfile(entry, io.BytesIO(content))


def _ask_git(project: Path, *words: str) -> bytes:
    done = subprocess.run(["git", "-C", project, *words], capture_output=True)
    if done.returncode != 0:
        raise UserError(f"git {words[0]}: {done.stderr.decode().strip()}")
    return done.stdout


if __name__ == "__main__":
    try:
        print(make_archive(PROJECT, Path(sys.argv[1])))
    except UserError as error:
        sys.exit(str(error))
