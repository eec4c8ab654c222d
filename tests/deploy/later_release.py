"""A later release than this code: its last commit with another number and a migration more."""

import subprocess
import tarfile
from pathlib import Path

from deploy.instance.instance import PROJECT
from deploy.releases.archive import CHANGES, make_archive
from shared.database.migrations.migrate import newest_revision
from shared.runtime.version import version_of_code

LATER = "0.99.0"
COMMITTER = ("-c", "user.name=Camille", "-c", "user.email=camille@example.org")
MIGRATION = '''\
"""A table more."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("of_the_later", sa.Column("id", sa.BigInteger(), primary_key=True))
'''


def clone(source: Path, into: Path) -> Path:
    """Clone what is committed; return where it lies."""
    command = ["git", *("-c", "safe.directory=*"), "clone", "--quiet", "--shared", source, into]
    subprocess.run(command, check=True)
    return into


def commit_all(checkout: Path, message: str) -> None:
    """Commit everything that lies in a checkout."""
    for words in (["add", "."], ["commit", "--quiet", "--message", message]):
        subprocess.run(["git", "-C", checkout, *COMMITTER, *words], check=True)


def change(file: Path, before: str, after: str) -> None:
    """Put a text of a file in another's place, once."""
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def unpack(archive: Path, into: Path) -> Path:
    """Unpack an archive; return the folder that it brings."""
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    (unpacked,) = into.glob("preau-*")
    return unpacked


def archives_of_both(folder: Path) -> tuple[Path, Path]:
    """Return the archive of this code, and that of a later release."""
    checkout = clone(PROJECT, folder / "clone")
    return make_archive(checkout, folder / "made"), make_later_archive(checkout, folder)


def make_later_archive(checkout: Path, folder: Path) -> Path:
    """Return the archive of a later release, whose dossier has a table more."""
    later, number = clone(checkout, folder / "later-clone"), version_of_code(checkout)
    change(later / "pyproject.toml", f'version = "{number}"', f'version = "{LATER}"')
    change(later / CHANGES, f"## [{number}]", f"## [{LATER}] - 2027-01-04\n\n## [{number}]")
    before = newest_revision("dossier") or ""
    revision = str(int(before) + 1)
    migration = later / f"services/dossier/migrations/versions/{revision}_a_table_more.py"
    migration.write_text(MIGRATION.format(revision=revision, before=before), "utf-8")
    commit_all(later, "Keep a table more")
    return make_archive(later, folder / "later-made")
