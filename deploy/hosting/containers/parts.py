"""
Parts of a town as containers: each process alone, with its own secrets and what everybody reads.

The processes, their commands and their walls are those of `preau units`: a folder that a unit may
write is mounted, its credential is a file of its container, and nothing else of the town is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.applied_town import Applied
from deploy.engines.engines_file import variables_naming_town_files
from deploy.hosting.systemd.unit_hardening import Walls
from deploy.hosting.systemd.units import Host, checked_unit_name, nightly_jobs, walls_of_process
from deploy.hosting.systemd.users import OPERATOR, principal_of_process, signers_of_services
from deploy.instance.instance import LOOPBACK, PRIVATE
from deploy.processes.hosts import unit_name
from deploy.processes.nginx import CONFIGURATION, NGINX
from deploy.processes.process import Process
from deploy.processes.process_plan import METRICS, RUN, wanted_processes
from shared.runtime.credentials import CREDENTIAL

NETWORK, WEB = "preau-network", "preau-web"
"""Containers: of the network that all others are in, and of what of it is shown to the world."""

CREDENTIALS = Path("/run/credentials")
ASK = "import urllib.request as r; r.urlopen('{address}/health', timeout=5)"


@dataclass(frozen=True)
class Mount:
    """A file or folder of the host that a container sees, at the same place if at no other."""

    source: Path
    target: Path
    is_written: bool = False

    @classmethod
    def at_same_place(cls, path: Path, *, is_written: bool = False) -> "Mount":
        return cls(path, path, is_written)


@dataclass(frozen=True)
class Container:
    """A part of the town: its command, and all that it is given."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    mounts: Sequence[Mount]
    has_network: bool = True
    health: Sequence[str] = ()
    what: str = ""
    at: str = ""
    """Hour at which a nightly job is called; "" for what always runs."""


def containers_of_town(applied: Applied, backups: Path | None, keep: int) -> list[Container]:
    """Return a container for each process, what serves their pages, and what is done at night."""
    host = Host(backups=backups, keep=keep)
    values = {**applied.instance.environment, **variables_naming_town_files()}
    jobs = [
        Container(
            job.name,
            job.command,
            values,
            _mounts_of_operator(applied, *job.writes),
            what=job.what,
            at=job.at,
        )
        for job in nightly_jobs(applied, host)
    ]
    running = [
        _container_of_process(applied, process, backups) for process in wanted_processes(applied)
    ]
    return [_web_container(applied), *running, *jobs]


def make_folders_of_containers(applied: Applied) -> None:
    """Make the folders in which processes count what they do: none is made by a mount."""
    for process in wanted_processes(applied):
        folder = _folder_of_figures(applied, process.name)
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


def _container_of_process(applied: Applied, process: Process, backups: Path | None) -> Container:
    walls = walls_of_process(applied, process, OPERATOR)
    is_signer = principal_of_process(process) in signers_of_services()
    given = {"CREDENTIALS_DIRECTORY": str(CREDENTIALS)} if walls.credential else {}
    return Container(
        unit_name(checked_unit_name(process.name)).removesuffix(".service"),
        process.argv,
        {**process.env, **given},
        list(_mounts_of_process(applied, process, walls, backups, is_signer=is_signer)),
        has_network=not is_signer,
        health=_health_check(process),
        what=process.name,
    )


def _mounts_of_process(
    applied: Applied, process: Process, walls: Walls, backups: Path | None, *, is_signer: bool
) -> Iterator[Mount]:
    own = RUN / process.name
    if process.name == METRICS:  # the operator's, who reads what all of them count
        yield from _mounts_of_operator(applied)
        if backups is not None and not backups.is_relative_to(applied.instance.home):
            yield Mount.at_same_place(backups)  # whose room it measures
        yield Mount(applied.instance.figures_dir, RUN)
    yield Mount(_folder_of_figures(applied, process.name), own, is_written=True)
    if walls.credential:
        yield Mount(walls.credential, CREDENTIALS / CREDENTIAL)
    for folder in walls.writes:
        yield Mount.at_same_place(folder, is_written=True)
    if is_signer or process.name == METRICS:
        return
    yield Mount.at_same_place(applied.instance.public_dir)
    if signer := process.env.get("SIGNER_SOCKET"):
        folder = Path(signer).parent
        if folder != own:
            yield Mount(_folder_of_figures(applied, folder.name), folder)
    for path in _files_named_to_process(applied, process):
        yield Mount.at_same_place(path)


def _files_named_to_process(applied: Applied, process: Process) -> set[Path]:
    """Return what the settings of a process name outside of the home; no secret is among it."""
    engines = applied.engines_of_town
    database = engines.database_engine
    named = [engines.broker_engine.authority, database.authority if database else ""]
    antivirus = process.env.get("ANTIVIRUS", "")
    if antivirus.startswith("/"):
        named.append(str(Path(antivirus).parent))  # its socket is another one at each start
    return {Path(name) for name in (*named, process.env.get("PES_XSD_DIR", "")) if name}


def _mounts_of_operator(applied: Applied, *writes: Path) -> list[Mount]:
    """Return the home, and each file that it leads to."""
    engines, home = applied.engines_of_town, applied.instance.home
    named = [engines.broker_engine.authority, *variables_naming_town_files().values()]
    administrators = [engines.broker_engine.administrator]
    if engines.database_engine is not None:
        named.append(engines.database_engine.authority)
        administrators.append(engines.database_engine.administrator)
    files = {Path(name) for name in named if name} | {applied.town_file}
    files |= {administrator.file for administrator in administrators if administrator}
    outside = {path for path in files if not path.is_relative_to(home)}
    return [
        Mount.at_same_place(home, is_written=home in writes),
        *(Mount.at_same_place(path) for path in sorted(outside)),
        *(Mount.at_same_place(path, is_written=True) for path in writes if path != home),
    ]


def _web_container(applied: Applied) -> Container:
    """Return nginx, which alone has the certificate, and nothing else of the town."""
    folder, front = applied.instance.web_server_dir, applied.engines_of_town.front
    assert front is not None
    certificate = [Path(name) for name in (front.certificate, front.key) if name]
    return Container(
        WEB,
        [NGINX, "-p", str(folder), "-c", str(folder / CONFIGURATION)],
        {},
        [
            Mount.at_same_place(folder, is_written=True),
            *(Mount.at_same_place(path) for path in certificate),
        ],
        what="nginx",
    )


def _health_check(process: Process) -> list[str]:
    """Return the command that asks a page or a stream; a service that ends is started anew."""
    if "--bind" not in process.argv:
        return []
    bound = process.argv[list(process.argv).index("--bind") + 1]
    assert bound.startswith(LOOPBACK)
    return [process.argv[0], "-c", ASK.format(address=f"http://{bound}")]


def _folder_of_figures(applied: Applied, process: str) -> Path:
    return applied.instance.figures_dir / process
