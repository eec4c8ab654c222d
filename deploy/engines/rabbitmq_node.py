"""
A private RabbitMQ node on loopback, from Debian's package, with or without root: alone, or one of
several of an instance that make a cluster (deploy/engines/rabbitmq_cluster.py).

The package's wrappers in /usr/sbin change user and directory; the scripts they wrap do not, so
those are called. Nothing under /etc/rabbitmq is read.
"""

import hashlib
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

import requests

from deploy.instance.instance import (
    LOOPBACK,
    PRIVATE,
    Instance,
    one_starter_at_a_time,
    replace_file,
)
from deploy.instance.secrets import Secrets, random_secret
from deploy.instance.user_error import UserError

SCRIPTS = Path("/usr/lib/rabbitmq/bin")
ERL_CALL = Path("/usr/lib/erlang/bin/erl_call")
PLUGINS = (
    "rabbitmq_management",
    "rabbitmq_prometheus",
    "rabbitmq_consistent_hash_exchange",
)
ADMIN, ADMIN_FILE, ADMIN_PASSWORD = "preau_admin", "broker_admin", "ADMIN_PASSWORD"

FREE_DISK_LIMIT = 10**9
MAX_MESSAGE_SIZE = 2**20
LOG_IN_MEMORY = 2**25
"""Bytes of what quorum queues wrote last, which a node has in memory too; by itself 512 MB."""
READY_SECONDS, STOP_SECONDS, COMMAND_SECONDS = 60.0, 30.0, 60.0
POLL_SECONDS, ANSWER_SECONDS, RELEASE_SECONDS = 0.1, 2.0, 3.0

CONFIGURATION = """\
listeners.tcp.1 = {host}:{amqp}
management.tcp.ip = {host}
management.tcp.port = {management}
prometheus.tcp.ip = {host}
prometheus.tcp.port = {prometheus}
default_user = {admin}
default_pass = {password}
disk_free_limit.absolute = {free_disk}
max_message_size = {max_message}
raft.wal_max_size_bytes = {log_in_memory}
log.file.rotation.size = 10485760
log.file.rotation.count = 1
"""

# Nodes that no longer see most of the others stop serving: two halves that both take messages are
# what no register could bring together again.
MEMBERSHIP = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_partition_handling = pause_minority
"""


class BrokerError(UserError):
    """
    The node cannot do what was asked; the message says why, without a secret.
    """


class BrokerNode:
    """
    A node of the broker of one instance. It outlives the process that starts it.

    `number` counts from 1 `of` so many; a node alone is a cluster of one.
    """

    def __init__(self, instance: Instance, number: int = 1, of: int = 1) -> None:
        self.instance = instance
        self.number, self._of = number, of
        self.name = instance.copy_name("broker", number)
        self.node_name = self._node_name(number)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def amqp_port(self) -> int:
        return self.instance.copy_port(self.instance.amqp_port, self.number)

    @property
    def management_port(self) -> int:
        return self.instance.copy_port(self.instance.management_port, self.number)

    @property
    def management_url(self) -> str:
        return f"http://{LOOPBACK}:{self.management_port}"

    @property
    def directory(self) -> Path:
        first = self.instance.broker_dir
        return first if self.number == 1 else first / f"node_{self.number}"

    @property
    def program(self) -> Path:
        return SCRIPTS / "rabbitmq-server"

    @property
    def pid_path(self) -> Path:
        return self.instance.run_dir / f"{self.name}.pid"

    @property
    def startup_log(self) -> Path:
        """
        Output of the node before its own log, log/<name>.log, is open.
        """
        return self.instance.log_path(f"{self.name}-start")

    @property
    def admin(self) -> tuple[str, str]:
        """
        Name and password of the administrator.
        """
        secrets = Secrets(self.instance)
        values = secrets.read_values(ADMIN_FILE) or secrets.ensure_values(
            ADMIN_FILE, **{ADMIN_PASSWORD: random_secret}
        )
        return ADMIN, values[ADMIN_PASSWORD]

    def start(self) -> None:
        """
        Launch the node unless it runs; `wait_ready()` says when it answers.
        """
        self.instance.prepare_folders()
        with one_starter_at_a_time(self.instance, self.name):
            if not self.is_running():
                self._launch()

    def _launch(self) -> None:
        self._check_requirements()
        self.write_configuration()
        with open(self.startup_log, "wb") as log:
            self._process = subprocess.Popen(
                [self.program],
                env=self._environment(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is not for the broker
            )
        pid = str(self._process.pid)
        replace_file(self.pid_path, f"{pid} {_start_ticks(pid)}\n")

    def wait_ready(self, timeout: float = READY_SECONDS) -> None:
        """
        Return once AMQP and management answer to the administrator.
        """
        deadline = time.monotonic() + timeout
        session = requests.Session()
        session.auth = self.admin
        session.trust_env = False  # loopback: no proxy of the environment
        while not self._is_answering(session):
            if not self.is_running():
                raise BrokerError(f"The broker ended while starting: {self._end_of_startup_log()}")
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"The broker did not answer in {timeout:.0f} s: {self.startup_log} and the log"
                    " beside it say why. On a machine under load call this again."
                )
            time.sleep(POLL_SECONDS)

    def is_running(self) -> bool:
        return self.pid() is not None

    def pid(self) -> int | None:
        """
        The process id of the node, None if it is down, also where the pid file is stale.
        """
        if self._process:
            self._process.poll()  # reaps it, if it was our child and died
        try:
            pid, birth = self.pid_path.read_text("ascii").split()
        except (OSError, ValueError):
            return None
        return int(pid) if _start_ticks(pid) == birth else None

    def stop(self) -> None:
        """
        End this node in good order, and return when it is gone.
        """
        if not self._signal_until_gone(signal.SIGTERM, STOP_SECONDS):
            self.kill()

    def kill(self) -> None:
        """
        End this node as a power cut would.
        """
        if not self._signal_until_gone(signal.SIGKILL, STOP_SECONDS):
            raise BrokerError("The broker's process cannot be ended.")

    def rabbitmqctl(self, *arguments: str, timeout: float = COMMAND_SECONDS) -> str:
        """
        Run a command of Debian's rabbitmqctl on this node and return what it prints.
        """
        return self._run_command(
            [SCRIPTS / "rabbitmqctl", "--quiet", *arguments],
            f"rabbitmqctl {arguments[0]}",
            timeout=timeout,
        )

    def sync_changes_to_disk(self) -> None:
        """
        Return once what was declared, bound, granted or removed until now outlives `kill()`.

        Mnesia now and then answers before its log is written: of 72 queues declared just before a
        kill -9, three were gone. Raises BrokerError.
        """
        said = self.evaluate_erlang(
            "mnesia:system_info(is_running) =:= yes andalso mnesia:sync_log()"
        )
        if said not in ("ok", "false"):  # false: it is stopped, and its log is whole
            raise BrokerError(f"The broker's log was not written: {said}")

    def count_ended_queues(self) -> int:
        """Return how many queues that this node leads have no process any more."""
        counted = (
            "[Q || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue,"
            " {Name, Node} <- [amqqueue:get_pid(Q)], Node =:= node(),"
            " whereis(Name) =:= undefined]"
        )
        return int(self.evaluate_erlang(f"length({counted})"))

    def evaluate_erlang(self, expression: str) -> str:
        """
        Evaluate Erlang on this node and return its value as Erlang writes it.

        rabbitmqctl starts a virtual machine of its own for each question: four hundred times as
        much. The cookie is read from the node's folder, as by rabbitmqctl.
        """
        said = self._run_command(
            [ERL_CALL, "-sname", self.node_name, "-e"], "erl_call", f"{expression}.\n"
        )
        outcome, _, value = said.strip()[1:-1].partition(", ")
        if outcome != "ok":
            raise BrokerError(f"erl_call: {value}")
        return value

    def _run_command(
        self,
        command: Sequence[str | Path],
        named: str,
        given: str = "",
        timeout: float = COMMAND_SECONDS,
    ) -> str:
        """
        Run a command on this node and return what it prints.

        What is raised has its name alone: its arguments may hold a password.
        """
        if not self.is_running():
            raise BrokerError("The broker is not running.")
        try:
            done = subprocess.run(
                command,
                env=self._environment(),
                cwd=self.directory,
                input=given,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise BrokerError(f"{named} took over {timeout:.0f} s.") from None
        except subprocess.CalledProcessError as error:
            raise BrokerError(f"{named}: {error.stderr.strip()}") from None
        return done.stdout

    def _check_requirements(self) -> None:
        if not (SCRIPTS / "rabbitmq-server").exists():
            raise BrokerError("RabbitMQ is missing: run `deploy/bootstrap.sh run`.")
        if shutil.disk_usage(self.instance.home).free <= FREE_DISK_LIMIT:
            raise BrokerError(f"Less than 1 GB is free at {self.instance.home}.")
        for port in self._ports():
            if not _wait_for_free_port(port):
                raise BrokerError(f"Port {port} is taken: choose another PREAU_PORT_BASE.")

    def _ports(self) -> tuple[int, ...]:
        return (
            self.amqp_port,
            self.management_port,
            self._distribution_port,
            self._prometheus_port,
        )

    @property
    def _distribution_port(self) -> int:
        return self.instance.copy_port(self.instance.distribution_port, self.number)

    @property
    def _prometheus_port(self) -> int:
        return self.instance.copy_port(self.instance.prometheus_port, self.number)

    def _node_name(self, number: int) -> str:
        # From the home: two instances on one machine must not meet under one name.
        digest = hashlib.sha256(os.fsencode(self.instance.home)).hexdigest()[:12]
        return f"{self.instance.copy_name(f'preau_{digest}', number)}@localhost"

    def write_configuration(self) -> None:
        """
        Write what the node reads.
        """
        admin, password = self.admin
        configuration = CONFIGURATION.format(
            host=LOOPBACK,
            amqp=self.amqp_port,
            management=self.management_port,
            prometheus=self._prometheus_port,
            admin=admin,
            password=password,
            free_disk=FREE_DISK_LIMIT,
            max_message=MAX_MESSAGE_SIZE,
            log_in_memory=LOG_IN_MEMORY,
        )
        self.directory.mkdir(mode=PRIVATE, exist_ok=True)
        replace_file(
            self.directory / "rabbitmq.conf", configuration + self._cluster_configuration()
        )
        replace_file(self.directory / "enabled_plugins", f"[{','.join(PLUGINS)}].\n")
        cookie = self.directory / ".erlang.cookie"
        if not cookie.exists():
            replace_file(cookie, self._erlang_cookie(), mode=0o400)

    def environment_under_systemd(self) -> dict[str, str]:
        """
        Return the node's environment where systemd starts it: what it logs is in the journal then.
        """
        logs = {"RABBITMQ_LOGS": "-", "RABBITMQ_LOG_BASE": str(self.directory / "log")}
        return {**self._environment(), **logs}

    def _cluster_configuration(self) -> str:
        if self._of == 1:
            return ""
        lines = (
            f"cluster_formation.classic_config.nodes.{number} = {self._node_name(number)}\n"
            for number in range(1, self._of + 1)
        )
        return MEMBERSHIP + "".join(lines)

    def _erlang_cookie(self) -> str:
        """
        The Erlang cookie: one for all nodes of an instance.
        """
        first = self.instance.broker_dir / ".erlang.cookie"
        return first.read_text("ascii") if first.exists() else token_hex(32)

    def _environment(self) -> dict[str, str]:
        """
        All the node and its command line may know: nothing of ours, nothing of /etc/rabbitmq.
        """
        directory, log_dir = self.directory, self.instance.log_dir
        loopback = f"-kernel inet_dist_use_interface {{{LOOPBACK.replace('.', ',')}}}"
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "HOME": str(directory),
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_MNESIA_BASE": str(directory / "data"),
            "RABBITMQ_LOG_BASE": str(log_dir),
            "RABBITMQ_LOGS": str(log_dir / f"{self.name}.log"),
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(directory / "conf.d" / "*.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CTL_ERL_ARGS": loopback,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            # All nodes of a machine share one epmd; it stays when they go.
            "ERL_EPMD_ADDRESS": LOOPBACK,
            # A crash dump would hold message bodies.
            "ERL_CRASH_DUMP_BYTES": "0",
            # The script then becomes the node instead of waiting for it: its pid is the node's.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _is_answering(self, session: requests.Session) -> bool:
        check = f"/api/health/checks/port-listener/{self.amqp_port}"
        try:
            answer = session.get(self.management_url + check, timeout=ANSWER_SECONDS)
        except requests.RequestException:
            return False
        if answer.status_code == requests.codes.unauthorized:
            raise BrokerError(f"The broker refuses the password of secrets/{ADMIN_FILE}.env.")
        return answer.ok

    def _signal_until_gone(self, how: signal.Signals, timeout: float) -> bool:
        """
        Send the signal and wait; whether the node is gone, with all its threads and sockets.

        Its file stays, and is stale: by now it may be that of a node which the engines' watch has
        started since, and which would run unknown without it.
        """
        pid = self.pid()
        if pid and not _signal_and_wait(pid, how, timeout):
            return False
        if self._process:
            self._process.poll()
        return True

    def _end_of_startup_log(self) -> str:
        lines = self.startup_log.read_text("utf-8", errors="replace").split("\n")
        return " / ".join(line.strip() for line in lines if line.strip())[-600:]


def _start_ticks(pid: str) -> str | None:
    """
    Return a process's start in ticks since boot, which with its id identifies it. It
    outlasts exec, by which the script becomes the node; its command line does not.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else fields[18]


def _signal_and_wait(pid: int, how: signal.Signals, timeout: float) -> bool:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(process, how)
        return bool(select.select([process], [], [], timeout)[0])
    except ProcessLookupError:
        return True
    finally:
        os.close(process)


def _wait_for_free_port(port: int) -> bool:
    """
    Return whether the port is free, after a grace period for a killed predecessor.
    """
    deadline = time.monotonic() + RELEASE_SECONDS
    while not _is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        # A port whose last connections are still winding down is free for the node as well.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
