"""Version and commit of the code that this command is of."""

import subprocess
import tomllib
from pathlib import Path

from deploy.instance.instance import PROJECT


def code_version_in_words() -> str:
    """Say « Préau 0.2.0 (1a2b3c4, 2026-12-01) »; without the commit where nothing tells it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    version = f"Préau {project['version']}"
    commit = last_commit_in(PROJECT)
    return f"{version} ({commit})" if commit else version


def last_commit_in(folder: Path) -> str:
    """
    Return commit and day of a folder that is a checkout, "" of any other.

    Whose folder it is does not matter: an agent of the town asks of code that root has put there.
    Nor is a repository meant in which code without one of its own was unpacked.
    """
    asked = ("log", "-1", "--format=%h, %cs")
    git = ("git", "-c", f"safe.directory={folder}", f"--git-dir={folder / '.git'}", *asked)
    try:
        done = subprocess.run(git, capture_output=True, text=True)
    except OSError:  # no git on this machine
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
