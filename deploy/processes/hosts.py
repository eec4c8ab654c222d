"""
Hosts on which systemd runs the processes: which copies run on which, and what systemd says of them.
"""

import json
import socket
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.applied_town import Applied
from deploy.instance.instance import replace_file
from deploy.instance.kept_json import read_kept_json
from deploy.instance.user_error import UserError

SYSTEMCTL = "/usr/bin/systemctl"
SYSTEMD_RUNS = Path("/run/systemd/system")
"""The folder that sd_booted(3) checks."""
ACTIVE, DOWN, AUTO_RESTART = "active", ("inactive", "failed"), "auto-restart"
NOT_FOUND = "not-found"
ASKED = "--property=Id,LoadState,ActiveState,SubState,NRestarts,WorkingDirectory"


UNITS_AGAIN = "Delete it, and call `preau units` again on each host, as root."


def unit_name(process: str) -> str:
    """Return the unit of a process."""
    return f"preau-{process.replace('_', '-')}.service"


def process_of_unit(unit: str) -> str:
    """Return the process of a unit."""
    return unit.removeprefix("preau-").removesuffix(".service").replace("-", "_")


def note_copy_of_host(applied: Applied, copy: int | None) -> None:
    """Write down that systemd runs this host, and which of the copies; None for all of them."""
    noted = {**_noted_copies_by_host(applied), socket.gethostname(): copy}
    replace_file(applied.instance.hosts_path, json.dumps(noted, indent=1) + "\n", mode=0o600)


def copies_here(applied: Applied) -> tuple[int, ...]:
    """Return the numbers of the copies that this host runs."""
    every = tuple(range(1, applied.engines_of_town.copies + 1))
    noted = _noted_copies_by_host(applied).get(socket.gethostname())
    return (noted,) if noted is not None and noted in every else every


def number_of_copy(process: str, copies: int) -> int:
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
    if not applied.engines_of_town.supervised:
        raise UserError(f"Here systemd runs the processes: {command}")


def _noted_copies_by_host(applied: Applied) -> dict[str, int | None]:
    return read_kept_json(applied.instance.hosts_path, dict, UNITS_AGAIN) or {}
