"""One process that should run, and what has become of it: started, started again, ended."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.processes.forks.prefork import ForkedProcess, Prefork, PreforkError
from deploy.processes.forks.subreaper import make_death_signal_setter
from deploy.processes.log_files import now_as_text, open_private, print_log_line, rotate_log
from shared.json_values import JsonMapping
from shared.runtime.version import version_of_code

FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0
# A process that lived this long is restarted as if it had never failed.
STEADY_SECONDS = 30.0
GRACE_SECONDS = 8.0

Layers = tuple[tuple[str, ...], ...]

RUNNING, WAITING, ENDING = "running", "waiting", "ending"


@dataclass(frozen=True)
class Process:
    """
    A process that should run. `env` is added to the supervisor's own environment.

    One that starts Python with `-m` may be forked from a prefork process with `shared` modules: in
    layers, each of them a prefork process that was forked from the one with the layers before.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    shared: Layers = ()

    @classmethod
    def from_row(cls, row: JsonMapping) -> "Process":
        """
        Return a process from what JSON makes of it.
        """
        return cls(row["name"], row["argv"], row["env"], tuple(map(tuple, row["shared"])))


class Child:
    """
    A process to be kept running, and its state.
    """

    def __init__(self, process: Process, log: Path, preforks: "Preforks") -> None:
        self.process = process
        self.log = log
        self._preforks = preforks
        self.restarts = 0
        self.state, self.since = WAITING, now_as_text()
        self.version = ""
        """Version of the code from which it was started last."""
        self.due: float | None = time.monotonic()
        self._failures = 0
        self._started = 0.0
        self._running: subprocess.Popen[bytes] | ForkedProcess | None = None

    def start(self) -> None:
        """
        Start the process, or schedule a retry.
        """
        self._started, self.due = time.monotonic(), None
        self.version = version_of_code()
        try:
            self._running = self._launch_process()
        except (OSError, subprocess.SubprocessError) as error:
            self._retry_later()
            print_log_line(
                f"{self.process.name} cannot start, again in {self._delay_of_restart:g} s: {error}"
            )
        else:
            self._note_state_and_since(RUNNING)

    def _launch_process(self) -> subprocess.Popen[bytes] | ForkedProcess:
        rotate_log(self.log)
        environment = os.environ | self.process.env
        with open(self.log, "ab", opener=open_private) as log:
            if self.process.shared:
                try:
                    return self._preforks.start_from_prefork(
                        self.process, environment, log.fileno()
                    )
                except PreforkError as error:
                    print_log_line(f"{self.process.name} starts by itself: {error}")
            return subprocess.Popen(
                self.process.argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # its whole family is ended by its number
                preexec_fn=make_death_signal_setter(os.getpid(), signal.SIGKILL),
            )

    def try_at_once(self) -> None:
        """
        Do not wait for the next try: what ended the process may have been put right.
        """
        if self.state == WAITING:
            self.due = time.monotonic()

    def end(self) -> None:
        """
        Ask the process to end; after the grace, `act()` makes it.
        """
        if self.state != ENDING:
            self._note_state_and_since(ENDING)
            self._signal_process_group(signal.SIGTERM)
            self.due = time.monotonic() + GRACE_SECONDS

    def kill(self) -> None:
        self._signal_process_group(signal.SIGKILL)
        self.due = None

    def do_what_is_due(self) -> None:
        """
        Check whether it died, and do what is due: restart it, or kill it.
        """
        if self._running and _has_process_ended(self._running.pid):
            self._reap_and_retry(self._running)
        if self.due is not None and time.monotonic() >= self.due:
            self.kill() if self.state == ENDING else self.start()

    @property
    def is_gone(self) -> bool:
        return self.state == ENDING and self._running is None

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    def _reap_and_retry(self, dead: subprocess.Popen[bytes] | ForkedProcess) -> None:
        self._signal_process_group(signal.SIGKILL)  # what it left behind holds ports and locks
        status = dead.wait()
        self._running = None
        if self.state != ENDING:
            self._retry_later()
            print_log_line(
                f"{self.process.name} ended with {status}, again in {self._delay_of_restart:g} s"
            )

    def _retry_later(self) -> None:
        lived = time.monotonic() - self._started
        self._failures = 1 if lived > STEADY_SECONDS else self._failures + 1
        self.restarts += 1
        self.due = time.monotonic() + self._delay_of_restart
        self._note_state_and_since(WAITING)

    @property
    def _delay_of_restart(self) -> float:
        return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(self._failures - 1, 10))

    def _note_state_and_since(self, state: str) -> None:
        self.state, self.since = state, now_as_text()

    def _signal_process_group(self, which: signal.Signals) -> None:
        if self.pid is not None:
            signal_group(self.pid, which)


class Preforks:
    """
    The prefork processes of a supervisor, each started when it is first needed.

    One that never started a process is not retried before the next SIGHUP: its modules cannot be
    loaded, and each process would wait for it anew.
    """

    def __init__(self) -> None:
        self._started_preforks: dict[Layers, Prefork | None] = {}

    def begin_preforks(self, processes: Iterable[Process]) -> None:
        """
        Start the prefork processes that are needed; those of one layer load in parallel.
        """
        for layers in dict.fromkeys(process.shared for process in processes):
            with contextlib.suppress(PreforkError):  # who needs it asks again
                self._find_or_begin_prefork(layers)

    def start_from_prefork(
        self, process: Process, environment: Mapping[str, str], log: int
    ) -> ForkedProcess:
        """
        Fork a process from its prefork process; on PreforkError that one is ended.
        """
        prefork = self._find_or_begin_prefork(process.shared)
        if prefork is None:
            raise PreforkError("its modules cannot be preloaded")
        with self._end_failing_prefork(process.shared, prefork):
            return prefork.start_forked_process(process.name, process.argv[2:], environment, log)

    def _find_or_begin_prefork(self, layers: Layers) -> Prefork | None:
        """
        Return the prefork process with these layers, started if need be; None if it cannot be.
        """
        if not layers:
            return None
        if layers not in self._started_preforks:
            below = self._find_or_begin_prefork(layers[:-1])
            if len(layers) == 1:
                begun: Prefork | None = Prefork(layers[0])
            elif below is None:
                begun = None
            else:
                with self._end_failing_prefork(layers[:-1], below):
                    begun = Prefork(layers[-1], below)
            self._started_preforks[layers] = begun
        return self._started_preforks[layers]

    @contextlib.contextmanager
    def _end_failing_prefork(self, layers: Layers, prefork: Prefork) -> Iterator[None]:
        try:
            yield
        except PreforkError:
            prefork.kill_prefork()
            if prefork.has_started:
                del self._started_preforks[layers]
            else:
                self._started_preforks[layers] = None
            raise

    def forget_those_without_modules(self) -> None:
        """
        Forget those whose modules could not be loaded, so that each is tried once more.

        The others stay: one loads by itself what has changed, before it forks.
        """
        started = self._started_preforks.items()
        self._started_preforks = {modules: each for modules, each in started if each is not None}

    def end_unused_preforks(self, processes: Iterable[Process]) -> None:
        """
        End those from which none of these processes is forked, as after a version with other code.
        """
        used = {
            process.shared[:layer]
            for process in processes
            for layer in range(1, len(process.shared) + 1)
        }
        for layers in self._started_preforks.keys() - used:
            if prefork := self._started_preforks.pop(layers):
                prefork.kill_prefork()

    def end_preforks(self) -> None:
        """
        End all prefork processes; the forked ones go on.
        """
        for prefork in filter(None, self._started_preforks.values()):
            prefork.kill_prefork()
        self._started_preforks.clear()

    @property
    def pids(self) -> frozenset[int]:
        return frozenset(prefork.pid for prefork in filter(None, self._started_preforks.values()))


def _has_process_ended(pid: int) -> bool:
    # Not reaped yet: until it is, nobody else can get its number, nor its group's.
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def signal_group(pid: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, which)
