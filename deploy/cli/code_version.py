"""Version and commit of the code that this command is of."""

import subprocess
import tomllib

from deploy.instance.instance import PROJECT

_LAST_COMMIT = ("git", "-C", str(PROJECT), "log", "-1", "--format=%h, %cs")


def code_version_in_words() -> str:
    """Say « Préau 0.2.0 (1a2b3c4, 2026-12-01) »; without the commit where nothing tells it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    version = f"Préau {project['version']}"
    commit = _last_commit()
    return f"{version} ({commit})" if commit else version


def _last_commit() -> str:
    try:
        done = subprocess.run(_LAST_COMMIT, capture_output=True, text=True)
    except OSError:  # no git on this machine
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
