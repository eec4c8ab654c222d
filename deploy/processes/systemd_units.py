"""
A town's processes as systemd runs them on a host of the town's own: one unit each, a target, and
what is done every night.

What a process may not do is taken from it: it writes nowhere, sees no device and no other process's
files, gains no right. Its secrets stay in the files of the instance's home.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.applied import Applied
from deploy.engines.engines_file import naming_variables
from deploy.instance.instance import PROJECT
from deploy.processes.hosts import copy_of, unit_name
from deploy.processes.process import Process
from deploy.processes.wanted import wanted_processes

TARGET = "preau.target"
TARGET_UNIT = """\
[Unit]
Description=Préau
Wants=network-online.target {parts}
After=network-online.target

[Install]
WantedBy=multi-user.target
"""

UNIT = """\
[Unit]
Description=Préau: {name}
PartOf={target}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
{common}Restart={restart}
RestartSec=1
TimeoutStopSec={seconds}
KillMode=mixed
LimitNOFILE=65536
"""
STOP_SECONDS, STOP_ALL_SECONDS = 20, 120

TOWN = "preau-town"
"""The one unit where engines are Préau's own: `preau up`, which starts and watches all others."""

APPLY, BACKUP = "preau-apply", "preau-backup"
ONESHOT = """\
[Unit]
Description=Préau: {what}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{common}"""
TIMER = """\
[Unit]
Description=Préau: {what}, every night
PartOf=preau.target

[Timer]
OnCalendar=*-*-* {at}
Persistent=yes
"""

COMMON = """\
User={user}
Group={user}
WorkingDirectory={project}
{environment}ExecStart={command}
UMask=0077
{writable}NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
"""


@dataclass(frozen=True)
class Host:
    """
    The processes of a town that a host runs: all copies, or those of one number; and their user.

    Where `backups` is a folder, the town is copied into it every night, and `keep` copies stay.
    """

    user: str = "preau"
    copy: int | None = None
    backups: Path | None = None
    keep: int = 14


def unit_files(applied: Applied, host: Host) -> dict[str, str]:
    """
    Return the files by name, as they belong into /etc/systemd/system.
    """
    if applied.engines.own:
        found = {f"{TOWN}.service": _unit_of_town(applied, host)}
    else:
        found = {
            unit_name(process.name): unit_of_process(applied, process, host.user)
            for process in wanted_processes(applied)
            if host.copy in (None, copy_of(process.name, applied.engines.copies))
        }
    if host.copy in (None, 1):
        found |= _nightly_units(applied, host)
    jobs = {f"{name}.service" for name in (APPLY, BACKUP)}
    parts = " ".join(sorted(found.keys() - jobs))
    return {TARGET: TARGET_UNIT.format(parts=parts), **found}


def _unit_of_town(applied: Applied, host: Host) -> str:
    """
    Return the unit of a whole town; `preau down` ends it and has not to be undone by systemd.
    """
    values = {**applied.instance.environment, **naming_variables()}
    command = [sys.executable, "-m", "deploy", "up"]
    common = _common_lines(host.user, values, command, _write_path_lines(applied.instance.home))
    return UNIT.format(
        name="the whole town",
        target=TARGET,
        common=common,
        restart="on-failure",
        seconds=STOP_ALL_SECONDS,
    )


def _nightly_units(applied: Applied, host: Host) -> dict[str, str]:
    """
    Return what is done once each night, and the timers that do it.

    What was approved takes effect at the first `apply` from its day on (docs/operations.md); the
    copy is made before, of the day that ended.
    """
    home = applied.instance.home
    what = "what the town file and the code say"
    found = _job_units(applied, host, APPLY, what, "03:20", ["apply"], home)
    if host.backups is not None:
        words = ["backup", "--into", str(host.backups), "--keep", str(host.keep)]
        apart = applied.engines.backup.secrets_into
        writes = [home, host.backups, *([Path(apart)] if apart else [])]
        found |= _job_units(applied, host, BACKUP, "a copy of the town", "02:40", words, *writes)
    return found


def _job_units(
    applied: Applied, host: Host, name: str, what: str, at: str, words: list[str], *writes: Path
) -> dict[str, str]:
    values = {**applied.instance.environment, **naming_variables()}
    command = [sys.executable, "-m", "deploy", *words]
    common = _common_lines(host.user, values, command, _write_path_lines(*writes))
    return {
        f"{name}.service": ONESHOT.format(what=what, common=common),
        f"{name}.timer": TIMER.format(what=what, at=at),
    }


def unit_of_process(applied: Applied, process: Process, user: str) -> str:
    """
    Return the unit of one process; no secret stands in it.
    """
    principal = process.env.get("PREAU_PRINCIPAL", "")
    secret = applied.secrets.read(principal) if principal else {}
    open_ones = {key: value for key, value in process.env.items() if key not in secret}
    file = applied.instance.secrets_path(principal) if principal else None
    common = _common_lines(user, open_ones, process.argv, _writable_paths(applied, process), file)
    return UNIT.format(
        name=process.name, target=TARGET, common=common, restart="always", seconds=STOP_SECONDS
    )


def _common_lines(
    user: str,
    values: Mapping[str, str],
    argv: Sequence[str | Path],
    writable: str,
    file: Path | None = None,
) -> str:
    return COMMON.format(
        user=user,
        project=_escape(str(PROJECT)),
        environment=_environment_lines(values, file),
        command=" ".join(_quote(str(part)).replace("$", "$$") for part in argv),
        writable=writable,
    )


def _environment_lines(values: Mapping[str, str], file: Path | None) -> str:
    lines = [f"Environment={_quote(f'{key}={value}')}\n" for key, value in sorted(values.items())]
    return "".join(lines) + (f"EnvironmentFile={_escape(str(file))}\n" if file else "")


def _writable_paths(applied: Applied, process: Process) -> str:
    """
    Return what a process may write: what it counts, and its files where it has no database server.
    """
    if applied.engines.database_engine is not None and process.name != "mail_stub":
        return _write_path_lines(applied.instance.run_dir)
    return _write_path_lines(applied.instance.home)


def _write_path_lines(*folders: Path) -> str:
    return "".join(f"ReadWritePaths={_escape(str(folder))}\n" for folder in folders)


def _quote(value: str) -> str:
    inner = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{_escape(inner)}"'


def _escape(value: str) -> str:
    return value.replace("%", "%%")
