"""
One running Préau: where its state lies on the disk and which ports it listens on.

Two values decide all of it, so that several instances run side by side on one machine:
PREAU_HOME (a directory, default `var/` in the project) and PREAU_PORT_BASE (default 8600).
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from deploy.instance.user_error import UserError

if TYPE_CHECKING:
    from shared.bus.service_spec import ServiceSpec, Web

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_PORT_BASE = 8600
LOOPBACK, LOCALHOST = "127.0.0.1", "localhost"

# Ports are counted from the base; those of pages and streams stand in services/*/spec.py.
AMQP, MANAGEMENT, DISTRIBUTION, POSTGRES, PROMETHEUS, METRICS = 0, 1, 2, 3, 4, 5
PAYFIP_STUB, MAIL_STUB = 11, 12
HIGHEST_BASE = 65535 - 1000
COPIES_APART = 100
"""Distance between the ports of one copy and the next, of what an instance has several of."""

PUBLIC = "public"
DIRECTORIES = (PUBLIC, "secrets", "data", "log", "broker", "run", "bench", "mail", "nginx")
PRIVATE, TRAVERSED, READABLE, SHARED_FOLDER = 0o700, 0o711, 0o755, 0o2770
"""
Modes of a folder: its owner's alone; on the way to somebody else's; everybody's to read; and of a
principal and the operator, where whatever either makes is their group's.
"""

MODES = {PUBLIC: READABLE, "data": TRAVERSED}
"""Modes of the folders that are not their owner's alone."""

TOWN_FILE = "town.yaml"
"""The instance's own town file, in its home."""

NAMED_TOWN_FILE = "town-file.path"
"""
Path of the town file that was applied, if it is another one: who forgets to name it again must not
have the demonstration's applied in its place.
"""

ENGINES_FILE = "engines.yaml"
"""The file that names its engines."""

# `make clean` deletes a directory only if it finds this file in it.
MARKER = ".preau"


class InstanceError(UserError):
    """
    The environment asks for an instance that cannot exist; the message says which value.
    """


@dataclass(frozen=True)
class Instance:
    """
    Paths and ports of one instance. `home` is absolute.
    """

    home: Path
    port_base: int = DEFAULT_PORT_BASE

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", Path(self.home).expanduser().resolve())
        if not 1024 <= self.port_base <= HIGHEST_BASE:
            raise InstanceError(
                f"PREAU_PORT_BASE must be between 1024 and {HIGHEST_BASE}, not {self.port_base}."
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Instance:
        """
        Read PREAU_HOME and PREAU_PORT_BASE; a relative home counts from the working directory.
        """
        base = environment.get("PREAU_PORT_BASE") or str(DEFAULT_PORT_BASE)
        if not base.isascii() or not base.isdecimal():
            raise InstanceError(f"PREAU_PORT_BASE must be a port number, not {base!r}.")
        return cls(Path(environment.get("PREAU_HOME") or PROJECT / "var"), int(base))

    @property
    def environment(self) -> dict[str, str]:
        """
        The two variables that lead another process to this same instance.
        """
        return {"PREAU_HOME": str(self.home), "PREAU_PORT_BASE": str(self.port_base)}

    @property
    def environment_of_principals(self) -> dict[str, str]:
        """
        The same two for who belongs to the town: its home is the folder that everybody reads.
        """
        return {**self.environment, "PREAU_HOME": str(self.public_dir)}

    # Paths

    @property
    def public_dir(self) -> Path:
        """
        Folder of what every process of the town reads, apart from what is somebody's.
        """
        return self.home / PUBLIC

    @property
    def register_path(self) -> Path:
        return self.public_dir / "register.json"

    @property
    def desks_path(self) -> Path:
        return self.public_dir / "desks.json"

    @property
    def streets_path(self) -> Path:
        return self.public_dir / "streets.json"

    @property
    def public_paths(self) -> tuple[Path, ...]:
        """
        The files that every process reads.
        """
        return self.register_path, self.desks_path, self.streets_path

    @property
    def hosts_path(self) -> Path:
        """
        Copies that hosts run under systemd, by host (deploy/processes/hosts.py).
        """
        return self.home / "hosts.json"

    @property
    def release_path(self) -> Path:
        """
        The note of the release to which the town was brought last (deploy/instance/release.py).
        """
        return self.home / "release.json"

    @property
    def secrets_dir(self) -> Path:
        return self.home / "secrets"

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def log_dir(self) -> Path:
        return self.home / "log"

    @property
    def broker_dir(self) -> Path:
        return self.home / "broker"

    @property
    def postgres_dir(self) -> Path:
        return self.home / "postgres"

    @property
    def run_dir(self) -> Path:
        return self.home / "run"

    @property
    def figures_dir(self) -> Path:
        """
        Metrics of each process, in a folder each; emptied when the instance starts.
        """
        return self.run_dir / "figures"

    @property
    def bench_dir(self) -> Path:
        return self.home / "bench"

    @property
    def web_server_dir(self) -> Path:
        return self.home / "nginx"

    @property
    def mail_dir(self) -> Path:
        """
        Emails sent by a town of demonstration, in a file each.
        """
        return self.home / "mail"

    def secrets_path(self, principal: str) -> Path:
        return self.secrets_dir / f"{principal}.env"

    def database_path(self, principal: str) -> Path:
        return self.data_dir / principal / f"{principal}.sqlite"

    def keys_path(self, principal: str) -> Path:
        return self.data_dir / principal / f"{principal}-keys.sqlite"

    def log_path(self, process: str) -> Path:
        return self.log_dir / f"{process}.log"

    # Ports

    @property
    def amqp_port(self) -> int:
        return self.port_base + AMQP

    @property
    def management_port(self) -> int:
        return self.port_base + MANAGEMENT

    @property
    def distribution_port(self) -> int:
        return self.port_base + DISTRIBUTION

    @property
    def postgres_port(self) -> int:
        return self.port_base + POSTGRES

    @property
    def prometheus_port(self) -> int:
        return self.port_base + PROMETHEUS

    @property
    def metrics_port(self) -> int:
        return self.port_base + METRICS

    @property
    def payfip_stub_port(self) -> int:
        return self.port_base + PAYFIP_STUB

    @property
    def mail_stub_port(self) -> int:
        return self.port_base + MAIL_STUB

    def pages_port(self, service: str, place: int = 0) -> int:
        """
        The port of a service's pages; of a provider's, at its place (from 0) of the town file.
        """
        return self.port_base + _web_of_service(service).port + place

    def stream_port(self, service: str, place: int = 0) -> int | None:
        """
        The port of the stream beside a service's pages, or None where there is none.
        """
        live = _web_of_service(service).live
        return self.port_base + live.port + place if live else None

    @staticmethod
    def copy_port(port: int, number: int) -> int:
        """
        The port of one of several, from 1: the first has the port that it would have alone.
        """
        return port + (number - 1) * COPIES_APART

    @staticmethod
    def copy_name(name: str, number: int) -> str:
        """
        The name of one of several, from 1: the first has the name that it would have alone.
        """
        return name if number == 1 else f"{name}_{number}"

    # Addresses

    @property
    def management_url(self) -> str:
        return f"http://{LOOPBACK}:{self.management_port}"

    @property
    def prometheus_url(self) -> str:
        return f"http://{LOOPBACK}:{self.prometheus_port}/metrics"

    @property
    def metrics_url(self) -> str:
        return f"http://{LOOPBACK}:{self.metrics_port}/metrics"

    def pages_url(self, service: str) -> str:
        """
        The address of a service's pages on this machine.
        """
        return f"http://{host_name_of_pages(service)}:{self.pages_port(service)}"

    @property
    def payfip_stub_url(self) -> str:
        """
        Return the address of the stand-in for PayFiP of a town of demonstration, and of tests.
        """
        return f"http://{LOOPBACK}:{self.payfip_stub_port}"

    def sqlite_url(self, principal: str) -> str:
        return f"sqlite:///{self.database_path(principal)}"

    def keys_url(self, principal: str) -> str:
        return f"sqlite:///{self.keys_path(principal)}"

    def prepare_folders(self) -> None:
        """
        Create the directories; what holds secrets or children's data is its owner's alone.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self._refuse_foreign_home()
        (self.home / MARKER).touch()
        for name in DIRECTORIES:
            directory = self.home / name
            directory.mkdir(mode=PRIVATE, exist_ok=True)
            directory.chmod(MODES.get(name, PRIVATE))

    def _refuse_foreign_home(self) -> None:
        """
        `make clean` deletes the home whole: it may not be a directory with other things in it.
        """
        if (self.home / MARKER).exists():
            return
        known = {*DIRECTORIES, self.postgres_dir.name}
        known |= {TOWN_FILE, ENGINES_FILE}  # written by hand before anything else is
        foreign = sorted({entry.name for entry in self.home.iterdir()} - known)
        if foreign:
            raise InstanceError(
                f"PREAU_HOME must be empty or Préau's own: {self.home} holds {foreign[0]!r}."
            )


def replace_file(path: Path, text: str, mode: int = 0o600) -> None:
    """
    Write a file so that a reader, or a power cut, meets the old text or the new one, never a part.

    Once it returns a power cut leaves the new one.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    sync_to_disk(path.parent)


def sync_to_disk(path: Path) -> None:
    """
    Return once a power cut leaves a file's content, or a directory's files under their names.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder_to_disk(folder: Path) -> None:
    """
    Return once a power cut leaves all that lies in a folder, however deep.
    """
    for path in (*folder.rglob("*"), folder):
        sync_to_disk(path)


def host_name_of_pages(service: str) -> str:
    """
    Return the name by which this machine's own browser opens pages: no passkey is of a number.
    """
    portal: str = import_module("shared.register.declarations").PORTAL
    return LOCALHOST if service == portal else LOOPBACK


def try_file_lock(lock: IO[Any], how: int = fcntl.LOCK_EX) -> bool:
    """Take the lock of an open file, and return whether nobody else has one in its way."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def one_starter_at_a_time(instance: Instance, name: str) -> Iterator[None]:
    """
    Hold what lets one process at a time start an engine of this name; others wait.
    """
    with open(instance.run_dir / f"{name}.starting", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _web_of_service(service: str) -> Web:
    """
    Return where a service has its pages.

    Services are looked for only then: the supervisor, and what is forked from, begin small.
    """
    specs: Mapping[str, ServiceSpec] = import_module("deploy.services").SPECS
    web = specs[service].web
    if web is None:
        raise LookupError(f"{service} has no pages")
    return web
