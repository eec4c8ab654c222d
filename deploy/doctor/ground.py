"""Checks of a town's ground: its folder, disk, clock, secrets, ports and last backup."""

import shutil
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from deploy.applied import Applied
from deploy.doctor.finding import APPLY, NEW_KEYS, UP, Finding, duration_in_words
from deploy.engines.rabbitmq_node import FREE_DISK_LIMIT
from deploy.instance.instance import LOOPBACK, PRIVATE, SHARED_FOLDER
from deploy.processes import supervisor
from deploy.processes.process import RUNNING
from deploy.processes.wanted import wanted_processes
from deploy.provisioning.keys import is_key_change_broken_off

TIGHT_BYTES = 3 * FREE_DISK_LIMIT
"""Below FREE_DISK_LIMIT the broker takes no message any more; this leaves time to act."""

AHEAD_SECONDS = 120.0
BACKUP_SECONDS = 2 * 86400.0
BACKED_UP = "last-backup"
"""The town's backup job touches this file of the instance when it has succeeded."""


def check_installed(applied: Applied) -> Iterator[Finding]:
    """Say that there is no town here; nothing else can be looked at then."""
    if applied.register_in_force() is None:
        yield Finding(f"There is no town at {applied.instance.home} yet.", UP)


def check_disk(applied: Applied) -> Iterator[Finding]:
    home = applied.instance.home
    free = shutil.disk_usage(home).free
    if free < TIGHT_BYTES:
        yield Finding(
            f"Only {free / 10**9:.1f} GB are free where the town lies; below"
            f" {FREE_DISK_LIMIT / 10**9:.0f} GB the broker takes no message any more.",
            f"du -xh --max-depth=2 {home} | sort -h | tail",
        )


def check_clock(applied: Applied) -> Iterator[Finding]:
    """Say that what was written lies in the future: deadlines and tokens are then wrong."""
    instance = applied.instance
    written = [*instance.data_dir.glob("*/*"), *instance.log_dir.glob("*.log")]
    ahead = max((path.stat().st_mtime for path in written), default=0.0) - time.time()
    if ahead > AHEAD_SECONDS:
        yield Finding(
            "The clock of this machine was set back: files are of a time"
            f" {duration_in_words(ahead)} ahead.",
            "timedatectl set-ntp true",
        )


def check_secrets(applied: Applied) -> Iterator[Finding]:
    """Say which secrets others may read, and which principal has none."""
    instance = applied.instance
    # Under systemd a database is its principal's and the operator's: nobody else is in its group.
    open_to = 0o077 if applied.engines.supervised else 0o007
    folders = [instance.secrets_dir, instance.broker_dir, *instance.data_dir.glob("*/")]
    for folder in folders:
        if folder.exists() and _mode(folder) & open_to:
            yield Finding(
                f"The folder {folder} is open to other users of this machine.",
                f"chmod {PRIVATE if applied.engines.supervised else SHARED_FOLDER:o} {folder}",
            )
    for path in sorted(instance.secrets_dir.glob("*.env")):
        if _mode(path) & 0o077:
            yield Finding(
                f"The secrets of {path.stem} can be read by other users of this machine.",
                f"chmod 600 {path}",
            )
    for row in applied.principals():
        if not instance.secrets_path(row["name"]).exists():
            yield Finding(f"{row['name']} has no secrets, and cannot start.", APPLY)
    if is_key_change_broken_off(applied):
        yield Finding(
            "A change of keys was broken off: no process starts before it is ended.", NEW_KEYS
        )


def check_ports(applied: Applied) -> Iterator[Finding]:
    """Say which of the town's addresses somebody else has taken."""
    if not applied.engines.supervised:
        return
    running = (supervisor.supervisor_state(applied.instance) or {"processes": {}})["processes"]
    for name, port in sorted(_listening_ports(applied).items()):
        ours = running.get(name, {}).get("state") == RUNNING
        if not ours and _is_taken(port):
            yield Finding(
                f"{name} cannot start: another program has taken its port {port}.",
                f"ss -ltnp 'sport = :{port}'",
            )
    instance = applied.instance
    if not applied.engines.broker_runs() and _is_taken(instance.amqp_port):
        yield Finding(
            f"The broker cannot start: another program has taken its port {instance.amqp_port}.",
            f"ss -ltnp 'sport = :{instance.amqp_port}'",
        )


def check_backup(applied: Applied) -> Iterator[Finding]:
    """Say how old the last backup is; a town of demonstration needs none."""
    path = applied.instance.home / BACKED_UP
    demo = bool((applied.register_in_force() or {"town": {"demo": True}})["town"]["demo"])
    if not path.exists():
        if not demo:
            yield Finding(
                f"No backup of this town has been noted in {path}.", _backup_command(applied)
            )
        return
    since = time.time() - path.stat().st_mtime
    if since > BACKUP_SECONDS:
        yield Finding(
            f"The last backup is {duration_in_words(since)} old.", _backup_command(applied)
        )


def _backup_command(applied: Applied) -> str:
    """Return the command that copies the town; a database server has tools of its own for that."""
    home = applied.instance.home
    if applied.engines.database_engine is not None:
        return f"touch {home / BACKED_UP}  # once your own backup has succeeded"
    return f"preau backup --into {home.parent}/copies"


def _listening_ports(applied: Applied) -> dict[str, int]:
    """Return the port of each process that listens, by its name."""
    found = {}
    for process in wanted_processes(applied):
        arguments = [str(each) for each in process.argv]
        for flag in ("--bind", "--port"):
            if flag in arguments:
                value = arguments[arguments.index(flag) + 1]
                found[process.name] = urlsplit(f"//{value}").port or int(value)
    return found | {"metrics": applied.instance.metrics_port}


def _is_taken(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex((LOOPBACK, port)) == 0


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
