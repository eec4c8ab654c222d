"""The options with which this host was installed, in a line of its target: repeated later."""

import shlex
from collections.abc import Iterable
from pathlib import Path

UNITS = Path("/etc/systemd/system")
TARGET = "preau.target"
AGAIN = "# preau "


def line_of_install_command(words: Iterable[str]) -> str:
    """Return the line that says with which words `preau` was called."""
    return f"{AGAIN}{shlex.join(words)}\n"


def read_install_command() -> list[str] | None:
    """Return with which words `preau` made units of this host, None where it did not."""
    try:
        lines = (UNITS / TARGET).read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((shlex.split(line[len(AGAIN) :]) for line in lines if line.startswith(AGAIN)), None)
