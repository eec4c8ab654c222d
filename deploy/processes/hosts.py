"""
Hosts of the town's own, where systemd runs the processes: which copies run on which, and what
systemd says of them.
"""

import json
import socket
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.applied import Applied
from deploy.instance.errors import UserError
from deploy.instance.instance import replace_file

SYSTEMCTL = "/usr/bin/systemctl"
SYSTEMD_RUNS = Path("/run/systemd/system")
"""The folder that sd_booted(3) checks."""
ACTIVE, DOWN, AUTO_RESTART = "active", ("inactive", "failed"), "auto-restart"
ASKED = "--property=Id,ActiveState,SubState,NRestarts"


def unit_name(process: str) -> str:
    """Return the unit of a process."""
    return f"preau-{process.replace('_', '-')}.service"


def process_of_unit(unit: str) -> str:
    """Return the process of a unit."""
    return unit.removeprefix("preau-").removesuffix(".service").replace("-", "_")


def note_copy(applied: Applied, copy: int | None) -> None:
    """Write down which of the copies this host runs; None for all of them."""
    noted = {
        name: each for name, each in _noted_copy(applied).items() if name != socket.gethostname()
    }
    if copy is not None:
        noted[socket.gethostname()] = copy
    replace_file(_note_path(applied), json.dumps(noted, indent=1) + "\n", mode=0o600)


def copies_here(applied: Applied) -> tuple[int, ...]:
    """Return the numbers of the copies that this host runs."""
    every = tuple(range(1, applied.engines.copies + 1))
    noted = _noted_copy(applied).get(socket.gethostname())
    return (noted,) if noted in every else every


def copy_of(process: str, copies: int) -> int:
    """Return which copy of its service a process is, from 1."""
    number = process.rpartition("_")[2]
    return int(number) if number.isdecimal() and 1 < int(number) <= copies else 1


def unit_states(processes: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Return what systemd says of each process's unit; nothing where it is not what runs here."""
    names = list(processes)
    if not names or not SYSTEMD_RUNS.exists():
        return {}
    command = [SYSTEMCTL, "show", ASKED, *map(unit_name, names)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    read = [dict(line.split("=", 1) for line in part.splitlines()) for part in output.split("\n\n")]
    return dict(zip(names, read, strict=True))


def refuse_where_systemd_runs(applied: Applied, command: str) -> None:
    """Raise UserError, naming systemd's own command, where the processes are not ours to run."""
    if not applied.engines.own:
        raise UserError(f"On hosts of the town's own systemd runs the processes: {command}")


def _noted_copy(applied: Applied) -> dict[str, int]:
    try:
        return dict(json.loads(_note_path(applied).read_text("utf-8")))
    except FileNotFoundError:
        return {}


def _note_path(applied: Applied) -> Path:
    return applied.instance.home / "hosts.json"
