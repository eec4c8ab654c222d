"""
Keeps the processes of an instance running, and ends all of them with itself.

SIGHUP makes it ask again what is wanted, start or end the difference, and start at once what waits
for its next try; SIGTERM or SIGINT ends everything, and a second one does so at once. If the
supervisor itself is killed, the kernel kills what it started; children of those must notice by
themselves, as gunicorn's workers do.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from deploy.instance.instance import PROJECT, Instance, replace_file, try_file_lock
from deploy.instance.kept_json import read_kept_json
from deploy.instance.user_error import UserError
from deploy.processes.forks.prefork import START_SECONDS
from deploy.processes.forks.subreaper import adopt_orphans, make_death_signal_setter, reap_orphans
from deploy.processes.log_files import log_disk_errors, open_private, print_log_line, rotate_log
from deploy.processes.process import GRACE_SECONDS, RUNNING, Child, Preforks, Process, signal_group
from shared.json_values import JsonObject
from shared.runtime.version import version_of_code

LOG_CHECK_SECONDS = 30.0
LOCK_SECONDS, POLL_SECONDS = 1.0, 0.05

STARTED_AGAIN = "Call `preau down`, then `preau up --detach`: it is written anew."

SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
OWN_LOG = "supervisor"


class SupervisorError(UserError):
    """
    There is a supervisor already, or none, or it did not start; the message says which.
    """


class Supervisor:
    """
    The one supervisor of an instance.
    """

    def __init__(self, instance: Instance, ask: Sequence[str]) -> None:
        self.instance = instance
        self._command = ask
        self._wanted: dict[str, Process] = {}
        self._children: dict[str, Child] = {}
        self._preforks = Preforks()
        self._leaving = False
        self._version = version_of_code()
        self._written: dict[str, object] = {}
        self._logs_checked = time.monotonic()

    def run(self, started: Callable[[], None] = lambda: None) -> None:
        """
        Supervise in the foreground until asked to end. Call it in the main thread.

        `started` is called once this supervisor is the instance's only one and has started its
        processes.
        """
        self.instance.prepare_folders()
        adopt_orphans()  # forked processes, and what a process leaves behind
        with _sole_supervisor(self.instance), _signal_waiter() as signals:
            try:
                self._wanted = self._ask_what_should_run()
                self._start_and_end_processes()
                started()
                while self._children or not self._leaving:
                    self._heed_signals(signals(self._seconds_until_due()))
                    self._start_and_end_processes()
            finally:
                for child in self._children.values():
                    child.kill()
                self._preforks.end_preforks()
                _state_path(self.instance).unlink(missing_ok=True)

    def _ask_what_should_run(self) -> dict[str, Process]:
        """
        Return what should run by name, as a command says that knows the town: this stays small.
        """
        completed = subprocess.run(
            self._command,
            cwd=PROJECT,
            env=os.environ | self.instance.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
        )
        return {row["name"]: Process.from_row(row) for row in json.loads(completed.stdout)}

    def _heed_signals(self, signals: set[int]) -> None:
        if signals & {signal.SIGTERM, signal.SIGINT}:
            if self._leaving:
                for child in self._children.values():
                    child.kill()
            self._leaving, self._wanted = True, {}
        elif signal.SIGHUP in signals and not self._leaving:
            self._preforks.forget_those_without_modules()
            try:
                self._wanted = self._ask_what_should_run()
            except Exception:
                # A mistake in the register must not end what runs.
                print_log_line(traceback.format_exc())
            self._preforks.end_unused_preforks(self._wanted.values())
            for child in self._children.values():
                child.try_at_once()

    def _start_and_end_processes(self) -> None:
        """
        Bring what runs one step nearer to what is wanted.
        """
        for name, child in list(self._children.items()):
            if self._wanted.get(name) != child.process:
                child.end()
            child.do_what_is_due()
            if child.is_gone:
                del self._children[name]
        new = [process for name, process in self._wanted.items() if name not in self._children]
        self._preforks.begin_preforks(new)
        for process in new:
            log = self.instance.log_path(process.name)
            self._children[process.name] = child = Child(process, log, self._preforks)
            child.do_what_is_due()
        reap_orphans(but=self._pids)
        self._check_logs()
        self._write_state()

    @property
    def _pids(self) -> frozenset[int]:
        pids = (child.pid for child in self._children.values())
        return self._preforks.pids.union(pid for pid in pids if pid is not None)

    def _seconds_until_due(self) -> float:
        """
        Seconds until something is due without a signal.
        """
        due = [child.due for child in self._children.values() if child.due is not None]
        return min([LOG_CHECK_SECONDS, *(max(0.0, at - time.monotonic()) for at in due)])

    def _check_logs(self) -> None:
        if time.monotonic() - self._logs_checked >= LOG_CHECK_SECONDS:
            self._logs_checked = time.monotonic()
            for child in self._children.values():
                rotate_log(child.log)
            rotate_log(self.instance.log_path(OWN_LOG))

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "version": self._version,
            "processes": {n: _child_row(c) for n, c in self._children.items()},
        }
        if state == self._written:
            return
        with log_disk_errors():
            replace_file(_state_path(self.instance), json.dumps(state, indent=1) + "\n")
            self._written = state


def start_detached(instance: Instance, ask: Sequence[str], *, with_parent: bool = False) -> int:
    """
    Supervise in the background what a command says; return the supervisor's pid once it has begun.

    It writes to log/supervisor.log, survives the caller and its terminal or, `with_parent`, ends
    when the caller does, however that comes about.
    """
    instance.prepare_folders()
    require_none_running(instance)
    own_log = instance.log_path(OWN_LOG)
    rotate_log(own_log)
    reader, writer = os.pipe()
    with open(own_log, "ab", opener=open_private) as log:
        subprocess.Popen(
            [sys.executable, "-m", "deploy.processes.supervisor", str(writer), *ask],
            cwd=PROJECT,
            env=os.environ | instance.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writer],
            start_new_session=True,
            preexec_fn=make_death_signal_setter(os.getpid(), signal.SIGTERM)
            if with_parent
            else None,
        )
    os.close(writer)
    with open(reader, "rb") as answers:
        answer = answers.read()
    if not answer:
        raise SupervisorError("The supervisor did not start: see log/supervisor.log.")
    return int(answer)


def main(writer: int, ask: Sequence[str]) -> None:
    """
    Supervise the instance of the environment; say one's pid once it has begun.
    """

    def report_pid() -> None:
        os.write(writer, str(os.getpid()).encode())
        os.close(writer)

    Supervisor(Instance.from_environment(), ask).run(report_pid)


def require_none_running(instance: Instance) -> None:
    """Raise SupervisorError where a supervisor of the instance is running."""
    if running_pid(instance) is not None:
        raise _second_supervisor_error(instance)


def running_pid(instance: Instance) -> int | None:
    """
    The pid of the instance's supervisor, None if there is none.
    """
    try:
        with open(_lock_path(instance), "rb") as file:
            if not try_file_lock(file, fcntl.LOCK_SH):
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def supervisor_state(instance: Instance) -> JsonObject | None:
    """
    Return the supervisor's state (pid, version; by process: pid, state, restarts, since, version),
    None if down.
    """
    pid = running_pid(instance)
    written = read_kept_json(_state_path(instance), dict, STARTED_AGAIN)
    if written is None:
        return None
    # One that was killed leaves its state behind, and a new one takes a moment to write its own.
    return written if pid and written["pid"] == pid else None


def reload_wanted_processes(instance: Instance) -> None:
    """
    Have the supervisor ask again what is wanted.
    """
    pid = running_pid(instance)
    if pid is None:
        raise SupervisorError("No supervisor is running.")
    os.kill(pid, signal.SIGHUP)


def restart_process(
    instance: Instance,
    process: str,
    timeout: float = GRACE_SECONDS + START_SECONDS,
    *,
    ask_anew: bool = False,
) -> None:
    """
    End one process, which the supervisor then starts again; return when another one runs.

    It is given the grace to end in good order, unless it was stopped or hangs; one that ended and
    waits for its next try is started at once. What it is forked from may have to load code that
    changed. With `ask_anew` the supervisor asks before what is wanted: the process begins with the
    secrets of now.
    """
    pid = _pid_of(instance, process)
    began = time.monotonic()
    if ask_anew or pid is None:
        reload_wanted_processes(instance)
    if pid is not None:
        for which in (signal.SIGTERM, signal.SIGCONT):  # a stopped one ends only when it goes on
            signal_group(pid, which)
    while (now := _pid_of(instance, process)) in (pid, None):
        if now is not None and time.monotonic() > began + GRACE_SECONDS:
            signal_group(now, signal.SIGKILL)
        if time.monotonic() > began + timeout:
            raise SupervisorError(
                f"{process} was not started again in {timeout:.0f} s: see log/{process}.log."
            )
        time.sleep(POLL_SECONDS)


def renew_page_workers(instance: Instance, process: str) -> None:
    """
    Have a server of pages fork its workers again; it answers meanwhile.
    """
    if (pid := _pid_of(instance, process)) is not None:
        os.kill(pid, signal.SIGHUP)


def _pid_of(instance: Instance, process: str) -> int | None:
    row = (supervisor_state(instance) or {"processes": {}})["processes"].get(process)
    if row is None:
        raise SupervisorError(f"There is no process {process!r} here.")
    return row["pid"] if row["state"] == RUNNING else None


def stop_supervisor(instance: Instance, timeout: float = GRACE_SECONDS + 4) -> None:
    """
    End the supervisor and everything it started, and return when they are gone.
    """
    pid = running_pid(instance)
    if pid is None:
        return
    with _file_readable_at_death(pid) as process:
        if process is None or running_pid(instance) != pid:  # it ended by itself meanwhile
            return
        signal.pidfd_send_signal(process, signal.SIGTERM)
        # Not until its lock is free: it lets go of that a moment before it is gone.
        ended, _, _ = select.select([process], [], [], timeout)
    if not ended:
        raise SupervisorError(f"The supervisor (pid {pid}) did not end in {timeout:.0f} s.")


@contextlib.contextmanager
def _file_readable_at_death(pid: int) -> Iterator[int | None]:
    """
    Give a file that can be read once the process has ended, None if there is no such process.
    """
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield process
    finally:
        os.close(process)


@contextlib.contextmanager
def _sole_supervisor(instance: Instance) -> Iterator[None]:
    """
    Hold the lock that makes this the only supervisor; the kernel lets go of it at any death.
    """
    with open(_lock_path(instance), "a+b", opener=open_private) as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while not try_file_lock(file):  # somebody may be looking whether there is one
            if time.monotonic() > deadline:
                raise _second_supervisor_error(instance)
            time.sleep(POLL_SECONDS)
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield


def _second_supervisor_error(instance: Instance) -> SupervisorError:
    return SupervisorError(
        f"A supervisor of {instance.home} is running already: `preau status` says of what,"
        " `preau down` ends it."
    )


@contextlib.contextmanager
def _signal_waiter() -> Iterator[Callable[[float], set[int]]]:
    """
    Give a function that waits at most so many seconds and returns the signals that came.
    """
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handlers = {which: signal.signal(which, lambda *_: None) for which in SIGNALS}

    def wait_for_signals(seconds: float) -> set[int]:
        ready, _, _ = select.select([reader], [], [], seconds)
        return set(os.read(reader, 4096)) if ready else set()

    try:
        yield wait_for_signals
    finally:
        for which, handler in handlers.items():
            signal.signal(which, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(wakeup)
        os.close(reader)
        os.close(writer)


def _child_row(child: Child) -> dict[str, object]:
    return {
        "pid": child.pid,
        "state": child.state,
        "restarts": child.restarts,
        "since": child.since,
        "version": child.version,
    }


def _state_path(instance: Instance) -> Path:
    return instance.run_dir / "supervisor.json"


def _lock_path(instance: Instance) -> Path:
    return instance.run_dir / "supervisor.lock"


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
