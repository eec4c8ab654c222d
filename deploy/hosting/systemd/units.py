"""
A town's parts as systemd runs them on a host: one unit each, a user each, a target, and what is
done every night.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.applied_town import Applied
from deploy.engines.engines_file import variables_naming_town_files
from deploy.hosting.systemd.noted_install_command import TARGET, line_of_install_command
from deploy.hosting.systemd.unit_hardening import (
    GROUP_MASK,
    NETWORK,
    NO_NETWORK,
    OWN_MASK,
    Walls,
    common_lines,
)
from deploy.hosting.systemd.users import (
    BROKER,
    DATABASE,
    OPERATOR,
    own_engines_of,
    principal_of_process,
    signer_name_of_principal,
    signers_of_services,
    system_user_of_part,
    user_of_process,
)
from deploy.instance.user_error import UserError
from deploy.processes.hosts import number_of_copy, unit_name
from deploy.processes.process import Process
from deploy.processes.process_plan import wanted_processes
from deploy.services import SPECS

WRITTEN = "# Written by `preau units`: what is changed here is lost.\n"
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
After=network-online.target{after}
StartLimitIntervalSec=0

[Service]
{common}{kind}Restart=always
RestartSec=1
TimeoutStopSec={seconds}
KillMode=mixed
LimitNOFILE=65536
"""
STOP_SECONDS = 20

SAYS_WHEN_READY = "Type=notify\nNotifyAccess=all\nTimeoutStartSec=120\n"
COMES_FIRST = "CPUWeight=300\n"
"""
Weight of the broker, and of a service that says so of itself, where others have 100: what each
change of a town goes through would otherwise get as much of a full machine as each of twenty that
take it in.
"""
FAST_STOP = "KillSignal=SIGINT\n"
"""PostgreSQL's: it does not wait for who is connected."""

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


@dataclass(frozen=True)
class NightlyJob:
    """
    A command of the operator's that is called once a night, and the folders that it writes to.
    """

    name: str
    what: str
    at: str
    command: Sequence[str]
    writes: tuple[Path, ...]


@dataclass(frozen=True)
class Host:
    """
    The processes of a town that a host runs: all copies, or those of one number; and the operator.

    Where `backups` is a folder, the town is copied into it every night, and `keep` copies stay.
    """

    user: str = OPERATOR
    copy: int | None = None
    backups: Path | None = None
    keep: int = 14
    nginx: Path | None = None

    @property
    def words_to_install_again(self) -> list[str]:
        """
        Return how `preau` is called to make the same of this host again.
        """
        named = {
            "--user": self.user,
            "--copy": self.copy,
            "--backup-into": self.backups,
            "--keep": self.keep,
            "--nginx": self.nginx,
        }
        given = {key: str(value) for key, value in named.items() if value is not None}
        return ["units", *(word for pair in given.items() for word in pair)]


def unit_files(applied: Applied, host: Host) -> dict[str, str]:
    """
    Return the files by name, as they belong into /etc/systemd/system.
    """
    found = _engine_units(applied) | {
        unit_name(checked_unit_name(process.name)): unit_of_process(applied, process, host.user)
        for process in wanted_processes(applied)
        if host.copy in (None, number_of_copy(process.name, applied.engines_of_town.copies))
    }
    if host.copy in (None, 1):
        for job in nightly_jobs(applied, host):
            found |= _job_units(applied, host, job)
    jobs = {f"{name}.service" for name in (APPLY, BACKUP)}
    parts = " ".join(sorted(found.keys() - jobs))
    found[TARGET] = line_of_install_command(host.words_to_install_again) + TARGET_UNIT.format(
        parts=parts
    )
    return {name: WRITTEN + text for name, text in found.items()}


def checked_unit_name(name: str) -> str:
    """
    Return a name that root writes into a unit; raises UserError where a register has another.
    """
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise UserError(f"{name!r} cannot be a unit's name: only a-z, 0-9 and _.")
    return name


def _engine_units(applied: Applied) -> dict[str, str]:
    """
    Return the units of Préau's own engines, each a user of its own that owns its folder.
    """
    found = {}
    for engine in own_engines_of(applied):
        folder = folder_of_engine(applied, engine)
        walls = Walls(system_user_of_part(engine), (folder,), folder=Path("/"))
        if engine == BROKER:
            [node] = applied.engines_of_town.own_broker.nodes
            environment = node.environment_under_systemd()
            command: Sequence[str | Path] = [node.program]
        else:
            environment, command = {}, applied.engines_of_town.own_database_server.server_command()
        found[unit_name(engine)] = UNIT.format(
            name=engine,
            target=TARGET,
            after="",
            common=common_lines(environment, command, walls),
            kind=SAYS_WHEN_READY + (FAST_STOP if engine == DATABASE else COMES_FIRST),
            seconds=3 * STOP_SECONDS,
        )
    return found


def folder_of_engine(applied: Applied, engine: str) -> Path:
    """
    Return where one of Préau's own engines has its files.
    """
    return (
        applied.engines_of_town.own_broker.nodes[0].directory
        if engine == BROKER
        else (applied.engines_of_town.own_database_server.directory)
    )


def nightly_jobs(applied: Applied, host: Host) -> Iterator[NightlyJob]:
    """
    Yield what is done once each night.

    What was approved takes effect at the first `apply` from its day on (docs/operations.md); the
    copy is made before, of the day that ended.
    """
    home = applied.instance.home
    command = [sys.executable, "-m", "deploy"]
    what = "what the town file and the code say"
    yield NightlyJob(APPLY, what, "03:20", [*command, "apply"], (home,))
    if host.backups is not None:
        words = ["backup", "--into", str(host.backups), "--keep", str(host.keep)]
        apart = applied.engines_of_town.backup.secrets_into
        writes = (home, host.backups, *([Path(apart)] if apart else []))
        yield NightlyJob(BACKUP, "a copy of the town", "02:40", [*command, *words], writes)


def _job_units(applied: Applied, host: Host, job: NightlyJob) -> dict[str, str]:
    values = {**applied.instance.environment, **variables_naming_town_files()}
    common = common_lines(values, job.command, Walls(host.user, job.writes))
    return {
        f"{job.name}.service": ONESHOT.format(what=job.what, common=common),
        f"{job.name}.timer": TIMER.format(what=job.what, at=job.at),
    }


def unit_of_process(applied: Applied, process: Process, operator: str) -> str:
    """
    Return the unit of one process; it holds no secret.
    """
    after = "".join(f" {unit_name(engine)}" for engine in own_engines_of(applied))
    return UNIT.format(
        name=process.name,
        target=TARGET,
        after=after,
        common=common_lines(
            process.env, process.argv, walls_of_process(applied, process, operator)
        ),
        kind=COMES_FIRST if _does_principal_come_first(principal_of_process(process)) else "",
        seconds=STOP_SECONDS,
    )


def _does_principal_come_first(principal: str) -> bool:
    return any(spec.comes_first and spec.name == principal for spec in SPECS.values())


def walls_of_process(applied: Applied, process: Process, operator: str) -> Walls:
    principal = principal_of_process(process)
    is_signer = principal in signers_of_services()
    return Walls(
        user_of_process(process, operator),
        writes=_writable_folders(applied, process),
        groups=_signers_groups(principal),
        credential=applied.instance.secrets_path(checked_unit_name(principal))
        if principal
        else None,
        runtime=process.name,
        network=NO_NETWORK.format(home=applied.instance.home) if is_signer else NETWORK,
        umask=GROUP_MASK if principal else OWN_MASK,
    )


def _signers_groups(principal: str) -> tuple[str, ...]:
    """
    Return the group in which a service reaches its signer.
    """
    has_signer = any(spec.signer and spec.name == principal for spec in SPECS.values())
    return (system_user_of_part(signer_name_of_principal(principal)),) if has_signer else ()


def _writable_folders(applied: Applied, process: Process) -> tuple[Path, ...]:
    """
    Return what a process may write: its files where it has no database server.
    """
    principal = principal_of_process(process)
    if not principal:
        return (applied.instance.mail_dir,) if process.name == "mail_stub" else ()
    if applied.engines_of_town.database_engine is not None or principal in signers_of_services():
        return ()
    return (applied.instance.database_path(principal).parent,)
