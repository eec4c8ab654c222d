"""
A private PostgreSQL cluster on loopback; the tests’ is fast, and not to be trusted with data.
"""

import hashlib
import hmac
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.engines.postgres_admin import PostgresError, PostgresServer, checked_name
from deploy.instance.instance import LOOPBACK, Instance, one_starter_at_a_time, replace_file
from deploy.instance.secrets import Secrets, random_secret

VERSIONS = Path("/usr/lib/postgresql")
OLDEST_VERSION = 15
SUPERUSER, SUPERUSER_FILE, SUPERUSER_PASSWORD = "preau_admin", "postgres", "ADMIN_PASSWORD"
# PostgreSQL refuses to run as root; Debian's package brings this user.
UNPRIVILEGED = "postgres"
START_SECONDS = "60"
LEFT_SECONDS = 5.0
# The kernel allows 107 bytes for a socket's path; its name takes the rest.
LONGEST_DIRECTORY = 80

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "max_connections": "600",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
# Nothing is forced to disk: a test cluster survives a crash of its own, not one of the machine.
# Commits stay synchronous: what is committed must be there after `stop("immediate")`.
FAST = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class SystemUser:
    """
    User of the cluster: the current one, or another one if that is root.
    """

    uid: int
    gid: int

    @classmethod
    def choose_user(cls) -> "SystemUser":
        if os.geteuid():
            return cls(os.geteuid(), os.getegid())
        try:
            entry = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise PostgresError("PostgreSQL is missing: run `deploy/bootstrap.sh test`.") from None
        return cls(entry.pw_uid, entry.pw_gid)

    def run_as_user(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """
        Run a command as this user, from a directory it can stand in.
        """
        other = self.uid != os.geteuid()
        return subprocess.run(
            command,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[] if other else None,
        )

    def can_enter_directory(self, directory: Path) -> bool:
        return self.run_as_user("test", "-x", directory).returncode == 0

    def give_file(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


class PostgresCluster:
    """
    The cluster of one instance. It outlives the process that starts it.

    A `durable` one keeps what was committed through a power cut.
    """

    def __init__(self, instance: Instance, *, durable: bool = False) -> None:
        self.instance = instance
        self.user = SystemUser.choose_user()
        self._settings = SETTINGS if durable else SETTINGS | FAST

    @property
    def name(self) -> str:
        """Name of this engine among those of its instance."""
        return "postgres"

    @property
    def directory(self) -> Path:
        """
        Folder of the cluster; `postgres` in the home is a link to it.
        """
        return self.instance.postgres_dir.resolve()

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"

    def start(self) -> None:
        """
        Create the cluster if there is none, start it unless it runs, return when it answers.
        """
        self.instance.prepare_folders()
        with one_starter_at_a_time(self.instance, self.name):
            if not self.is_running():
                self._create_and_launch()

    def _create_and_launch(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        self._end_what_is_left()
        self._pg_ctl("start", "-l", self.log, "-o", shlex.join(self._server_options()))

    def server_command(self) -> list[str | Path]:
        """
        Return the command of the server itself, for systemd to start.
        """
        return [postgres_program("postgres"), "-D", self.data, *self._server_options()]

    def _server_options(self) -> list[str]:
        settings = self._settings | {
            "port": str(self.instance.postgres_port),
            "unix_socket_directories": str(self.directory),
        }
        return [part for key in settings for part in ("-c", f"{key}={settings[key]}")]

    def stop(self, mode: str = "fast") -> None:
        """
        Stop the cluster and keep its data; `immediate` is its crash.
        """
        if self.is_running():
            self._pg_ctl("stop", "-m", mode)

    def is_running(self) -> bool:
        return self.pid() is not None

    def pid(self) -> int | None:
        """
        The process id of the server, None if it is down, also where its file is stale.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text("ascii").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if self._is_process_of_cluster(pid) else None

    def kill(self) -> None:
        """
        End the server as the kernel would for want of memory; the processes of its clients notice.
        """
        if pid := self.pid():
            os.kill(pid, signal.SIGKILL)

    def _is_process_of_cluster(self, pid: int) -> bool:
        """
        Return whether a process lives and is of this cluster: it is named in the folder of the
        data.
        """
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self.data
        except OSError:  # it is gone, or another user's
            return False

    def _end_what_is_left(self) -> None:
        """
        End what is left of a server that was killed: it still holds its memory.
        """
        deadline = time.monotonic() + LEFT_SECONDS
        pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
        while (left := [pid for pid in pids if self._is_process_of_cluster(pid)]) and (
            time.monotonic() < deadline
        ):
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        if not left:  # its number may be a zombie's, whom PostgreSQL would take for the server
            for lock in (self.data / "postmaster.pid", *self.directory.glob(".s.PGSQL.*.lock")):
                lock.unlink(missing_ok=True)

    def remove(self) -> None:
        """
        Stop the cluster and delete it.
        """
        self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.instance.postgres_dir.is_symlink():
            self.instance.postgres_dir.unlink()

    @property
    def administrator_of_server(self) -> PostgresServer:
        """
        The cluster as its administrator enters it.
        """
        place = f"{LOOPBACK}:{self.instance.postgres_port}"
        return PostgresServer(place, SUPERUSER, self._superuser_password())

    def create_database(self, name: str) -> None:
        """
        Make an empty database with its two roles.
        """
        checked_name(name)
        self.administrator_of_server.ensure_database(
            name, self._derived_password(f"{name}_owner"), self._derived_password(name)
        )

    def copy_database(self, source: str, name: str, roles: str = "") -> None:
        """
        Make a copy of a database that nobody uses, entered by the roles of `roles`, else `source`.
        """
        self.administrator_of_server.copy_database(source, name, f"{roles or source}_owner")

    def drop_database(self, name: str) -> None:
        """
        Remove a database and its roles, whoever is connected.
        """
        self.administrator_of_server.drop_database(name)

    def url(self, name: str, source: str = "") -> str:
        """
        The address for the service; a copy is entered by the roles of its source.
        """
        role = source or name
        return self.administrator_of_server.url(role, self._derived_password(role), name)

    def owner_url(self, name: str, source: str = "") -> str:
        """
        The address for the migrations.
        """
        role = f"{source or name}_owner"
        return self.administrator_of_server.url(role, self._derived_password(role), name)

    def _create_cluster(self) -> None:
        if not self.instance.postgres_dir.exists():
            self._make_directory()
        password_file = self.directory / "password"
        replace_file(password_file, self._superuser_password())
        self.user.give_file(password_file)
        done = self.user.run_as_user(
            postgres_program("initdb"),
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        password_file.unlink()
        if done.returncode:
            raise PostgresError(f"initdb: {done.stderr.strip()}")

    def _make_directory(self) -> None:
        """
        Make the cluster's directory, in the home or under /tmp where the cluster's user cannot
        reach the home.
        """
        place = self.instance.postgres_dir
        place.unlink(missing_ok=True)  # a link to what a cleaned /tmp no longer has
        if len(str(place)) <= LONGEST_DIRECTORY and self.user.can_enter_directory(
            self.instance.home
        ):
            place.mkdir(mode=0o700)
        else:
            place.symlink_to(tempfile.mkdtemp(prefix="preau-pg-", dir="/tmp"))
        self.user.give_file(self.directory)

    def _pg_ctl(self, action: str, *arguments: str | Path) -> None:
        done = self.user.run_as_user(
            postgres_program("pg_ctl"),
            action,
            "-w",
            "-t",
            START_SECONDS,
            "-D",
            self.data,
            *arguments,
        )
        if done.returncode:
            last_words = self.log.read_text("utf-8", "replace")[-400:] if self.log.exists() else ""
            raise PostgresError(f"pg_ctl {action}: {done.stderr.strip()} {last_words.strip()}")

    def _superuser_password(self) -> str:
        wanted = {SUPERUSER_PASSWORD: random_secret}
        return Secrets(self.instance).ensure_values(SUPERUSER_FILE, **wanted)[SUPERUSER_PASSWORD]

    def _derived_password(self, role: str) -> str:
        """
        Return a role's password, derived, so that another process finds the same and nothing is
        left to delete.
        """
        key = self._superuser_password().encode()
        return hmac.new(key, role.encode(), hashlib.sha256).hexdigest()


def postgres_program(name: str) -> Path:
    """
    A program of the newest PostgreSQL installed, of 15 or later.
    """
    found = {int(path.name): path for path in VERSIONS.glob("*") if path.name.isdecimal()}
    usable = [v for v in found if v >= OLDEST_VERSION and (found[v] / "bin" / name).exists()]
    if not usable:
        raise PostgresError(f"PostgreSQL {OLDEST_VERSION} is missing: deploy/bootstrap.sh test")
    return found[max(usable)] / "bin" / name
