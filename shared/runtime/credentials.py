"""Secrets of a process: from its environment or, under systemd, from a file that it alone reads."""

from collections.abc import Mapping
from pathlib import Path

CREDENTIAL = "secrets"
"""The file, in systemd's folder of credentials, with a principal's lines KEY=value."""


def environment_with_credentials(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment, and beside it what systemd lets this unit alone read."""
    folder = env.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / CREDENTIAL if folder else None
    if path is None or not path.exists():
        return env
    lines = (line.partition("=") for line in path.read_text("utf-8").splitlines())
    return {**env, **{key: value for key, separator, value in lines if separator}}
