"""
The release of this code, and the one to which the town of a home was brought last.

Releases lie side by side, each with an environment of its own. A town is brought from one to a
later one by `preau upgrade`, which makes a copy first, and back by `preau rollback`: no other
command takes it from one to another (decision 0175).
"""

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.instance.instance import PROJECT, Instance, replace_file
from deploy.instance.kept_json import read_kept_json
from deploy.instance.user_error import UserError
from shared.runtime.version import version_of_code

COMMIT = "COMMIT"
"""The file in which an archive says of which commit it is: it has no repository."""

RELEASE_AGAIN = (
    'Write into it {"version": …, "folder": …} of the release that ran this town last, as in'
    ' {"version": "0.2.0", "folder": "/opt/preau-0.2.0"}, and call this again.'
)

LAID_ASIDE = "before-rollback-"
"""Start of the name of a home's folder in which a rollback lays the town aside."""


class OtherRelease(UserError):
    """The town is of another release than this code; the message says which, and what to do."""


@dataclass(frozen=True)
class Release:
    """A version of Préau, and the folder in which it is installed."""

    version: str
    folder: Path

    @property
    def order(self) -> tuple[int, ...]:
        """Return what sorts releases by age."""
        return tuple(map(int, self.version.split(".")))

    @property
    def preau(self) -> Path:
        """Return the command of this release, for people to call."""
        return self.folder / ".venv" / "bin" / "preau"

    def call_preau(self, instance: Instance, *words: str) -> int:
        """Run a command of this release on an instance, from any folder; return its status."""
        python = self.folder / ".venv" / "bin" / "python"
        environment = os.environ | instance.environment | {"PYTHONPATH": str(self.folder)}
        try:
            return subprocess.call([python, "-P", "-m", "deploy", *words], env=environment)
        except OSError as error:
            raise UserError(
                f"Préau {self.version} is not at {self.folder}: {error}. Where that is in an"
                " image, it makes the copy first: `upgrade --made` (docs/containers.md)."
            ) from None

    def run_preau(self, instance: Instance, *words: str) -> None:
        """Run a command as `call_preau` does; raises UserError where it fails."""
        if self.call_preau(instance, *words) != 0:
            raise UserError(f"`{self.preau} {shlex.join(words)}` failed: see above.")


def release_here() -> Release:
    """Return the release of this code."""
    return Release(version_of_code(), PROJECT)


def release_of_town(instance: Instance) -> Release | None:
    """Return the release to which the town was brought last, None before its first `apply`."""
    noted = read_kept_json(instance.release_path, dict, RELEASE_AGAIN)
    return Release(noted["version"], Path(noted["folder"])) if noted else None


def note_release_of_town(instance: Instance) -> None:
    """Note that the town is of this code's release from now on; the note is the owner's."""
    here, owner = release_here(), instance.home.stat()
    noted = {"version": here.version, "folder": str(here.folder)}
    replace_file(instance.release_path, json.dumps(noted, indent=1) + "\n")
    if os.geteuid() != owner.st_uid:
        os.chown(instance.release_path, owner.st_uid, owner.st_gid)


def require_register_of_town(instance: Instance) -> None:
    """
    Raise UserError in a home that lost its register, or has it where a former release had it.

    It looks like a new one, and another town would be begun beside what this one left.
    """
    if instance.register_path.exists():
        return
    register = instance.register_path.relative_to(instance.home)
    left = [
        *instance.home.glob(f"{LAID_ASIDE}*/{register}"),
        *instance.home.glob(register.name),
        *instance.home.glob(instance.release_path.name),
        *instance.data_dir.glob("**/*.sqlite"),
    ]
    if left:
        raise UserError(
            f"{instance.home} has no {register}, but {left[0].relative_to(instance.home)}: a town"
            " was here. Nothing was done. Call `preau rollback` or `preau restore` again where one"
            f" was broken off; else put {register} of this town’s last copy back (`preau restore`"
            " into an empty PREAU_HOME has it), or name another PREAU_HOME for a new town."
        )


def require_release_of_town(instance: Instance) -> None:
    """Raise OtherRelease where the town is of an older or a newer release than this code."""
    of_town, here = release_of_town(instance), release_here()
    if of_town is not None and of_town.order > here.order:
        raise OtherRelease(
            f"This town is of Préau {of_town.version}, and this is {here.version}, which is older."
            f" Call {of_town.preau}, or go back to a copy: `{here.preau} rollback COPY`."
        )
    if of_town is not None and of_town.order < here.order:
        raise OtherRelease(
            f"This town is of Préau {of_town.version}, and this is {here.version}:"
            f" `{here.preau} upgrade COPY` makes a copy of it and brings it here."
        )


def require_changeable_home(instance: Instance) -> None:
    """Raise UserError where a home is of a town that this code cannot start or change."""
    require_release_of_town(instance)
    require_register_of_town(instance)


def version_in_words() -> str:
    """Say « Préau 0.2.0 (1a2b3c4d5, 2026-12-01) »; without the commit where nothing tells it."""
    version = f"Préau {version_of_code()}"
    commit = last_commit_in(PROJECT)
    return f"{version} ({commit})" if commit else version


def last_commit_in(folder: Path) -> str:
    """
    Return commit and day of a folder that is an unpacked archive or a checkout, "" of any other.

    Whose folder it is does not matter: an agent of the town asks of code that root has put there.
    Nor is a repository meant in which code without one of its own was unpacked.
    """
    if (folder / COMMIT).is_file():
        return (folder / COMMIT).read_text("ascii").strip()
    asked = ("log", "-1", "--format=%h, %cs")
    git = ("git", "-c", f"safe.directory={folder}", f"--git-dir={folder / '.git'}", *asked)
    try:
        done = subprocess.run(git, capture_output=True, text=True)
    except OSError:  # no git on this machine
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
