"""
Prefork server: forks processes from one that has preloaded their code (decision 0038).

The prefork process loads modules and waits; each process is a fork of it, started in a few
hundredths of a second, and shares its memory. Environment and secrets reach the process in a memory
file that the prefork process passes on unread. The forked process becomes a child of the
supervisor, and outlives the prefork process.

`python -m deploy.processes.forks.prefork MODULE...` is the prefork process itself; its standard
input is its end of a socket pair. `module:function` calls the function after the import. One
prefork process may be forked from another, whose code it shares and adds to. If a file that it
loaded has changed since or meanwhile, it begins anew before it forks: what is started, by
`preau restart` or after a crash, runs the code that is there.
"""

import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

# Imported by name before a preloaded module patches them: nothing here may wait in an event loop,
# which the forked processes would then share.
from os import execv, fork, stat, waitpid
from time import sleep, time_ns

from setproctitle import setproctitle

from deploy.instance.instance import PROJECT
from deploy.processes.forks.quick_exit import exit_without_unloading, noting_exit_code
from deploy.processes.forks.subreaper import make_death_signal_setter
from shared.runtime.code_loading import code_loaded_for_forks

PROGRAM = "deploy.processes.forks.prefork"
LOG = 2
"""Standard error of the supervisor, to which its prefork processes write."""
TICK_NS = 50_000_000
"""How far the time of a file may lie behind the clock, in nanoseconds, with room for a fork."""
START_SECONDS = 60.0
"""Timeout for loading the modules and starting the first process, on a busy machine."""


class PreforkError(OSError):
    """
    The prefork process is gone, or started no process in time.
    """


class ForkedProcess:
    """
    A process forked from a prefork process.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def kill(self) -> None:
        """
        Kill it at once; it has not been waited for.
        """
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """
        Return the process's exit code, or minus the signal that ended it.
        """
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Prefork:
    """
    Client of a prefork process, for its supervisor, which must be a child subreaper.

    It is forked from another one, `beneath`, if that is given; raises PreforkError if that fails.
    """

    def __init__(self, modules: Sequence[str], beneath: "Prefork | None" = None) -> None:
        self.has_started = False
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._program: subprocess.Popen[bytes] | ForkedProcess
        env = {**os.environ, "PYTHONWARNINGS": "ignore"}
        with theirs:
            if beneath is not None:
                self._program = beneath.start_forked_process(
                    _title_of(modules), [PROGRAM, *modules], env, LOG, stdin=theirs.fileno()
                )
                return
            self._program = subprocess.Popen(
                [sys.executable, "-m", PROGRAM, *modules],
                cwd=PROJECT,
                env=env,
                stdin=theirs.fileno(),
                start_new_session=True,
                preexec_fn=make_death_signal_setter(os.getpid(), signal.SIGKILL),
            )

    @property
    def pid(self) -> int:
        return self._program.pid

    def start_forked_process(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: int,
        *,
        stdin: int | None = None,
    ) -> ForkedProcess:
        """
        Start `python -m argv` with exactly this environment; it writes to an open file.

        It reads nothing unless `stdin` is given, an open file. Raises PreforkError.
        """
        order = json.dumps({"name": name, "argv": argv, "env": dict(env)}).encode()
        reader, writer = os.pipe()
        order_file = os.memfd_create("order")
        try:
            os.pwrite(order_file, order, 0)
            files = [order_file, log, writer, *([] if stdin is None else [stdin])]
            socket.send_fds(self._ours, [b"."], files)
        except OSError as error:
            os.close(reader)
            raise PreforkError("the prefork process is gone") from error
        finally:
            os.close(order_file)
            os.close(writer)
        with open(reader, "rb") as answers:
            ready, _, _ = select.select([answers], [], [], START_SECONDS)
            answer = answers.read() if ready else b""
        if not answer:
            raise PreforkError("the prefork process started none")
        self.has_started = True
        return ForkedProcess(int(answer))

    def kill_prefork(self) -> None:
        """
        Kill it at once; the processes forked from it go on.
        """
        self._ours.close()
        self._program.kill()
        self._program.wait()


def main(control: socket.socket, modules: Sequence[str]) -> None:
    """
    Load modules, then fork a process for each order, until the supervisor is gone.

    Returns only in a forked process, after it has run its module.
    """
    setproctitle(f"preau {_title_of(modules)}")
    exit_without_unloading()
    began = time_ns()
    with code_loaded_for_forks():
        for path in modules:
            module, _, function = path.partition(":")
            loaded = importlib.import_module(module)
            if function:
                getattr(loaded, function)()
    supervisor, names = os.getppid(), _names_of_loaded_files()
    former, again = _digest_of_files(names), [sys.executable, "-m", PROGRAM, *modules]
    if _is_any_saved_since(began, names):
        execv(sys.executable, again)
    while True:
        control.recv(1, socket.MSG_PEEK)  # the order stays there for who loads the code anew
        if _digest_of_files(names) != former:
            execv(sys.executable, again)
        _, files, _, _ = socket.recv_fds(control, 1, 4)
        if not files:
            sys.exit()
        if _fork_process(supervisor):
            control.detach()  # standard input, which becomes another one
            run_ordered_module(*files)
            return
        for file in files:
            os.close(file)


def _title_of(modules: Sequence[str]) -> str:
    return f"prefork of {modules[0]}"


def _names_of_loaded_files() -> bytes:
    """
    Return the files of all loaded modules, those of libraries too, each with a zero after it.

    In one piece: whatever is looked at before each fork leaves the process a copy of its page.
    """
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return b"".join(os.fsencode(path) + b"\0" for path in paths if path)


def _digest_of_files(names: bytes) -> bytes:
    """
    Return a digest of when the files were changed, and how large each is.
    """
    digest = sha256()
    for found in _stats_of_files(names):
        digest.update(b"%d %d " % (found.st_mtime_ns, found.st_size) if found else b"none ")
    return digest.digest()


def _is_any_saved_since(began: int, names: bytes) -> bool:
    """
    Return whether a file was saved, or put in place, while code was loaded that began at a time.

    What was loaded may be of before. A file of a time to come was saved by another clock.
    """
    ends = time_ns()
    times = (found.st_ctime_ns for found in _stats_of_files(names) if found)
    return any(began - TICK_NS <= saved <= ends for saved in times)


def _stats_of_files(names: bytes) -> Iterator[os.stat_result | None]:
    start = 0
    while (end := names.find(b"\0", start)) >= 0:
        try:
            yield stat(names[start:end])
        except OSError:
            yield None
        start = end + 1


def _fork_process(supervisor: int) -> bool:
    """
    Fork twice; return True in the new process once the supervisor has become its parent.
    """
    first = fork()
    if first:
        waitpid(first, 0)
        return False
    middle = os.getpid()
    try:
        if fork():
            os._exit(0)
    except OSError:
        os._exit(1)
    while os.getppid() == middle:
        sleep(0.001)
    make_death_signal_setter(supervisor, signal.SIGKILL)()
    return True


def run_ordered_module(order: int, log: int, report: int, stdin: int | None = None) -> None:
    """
    Run the module described by the order file, after reporting the process id.
    """
    os.setsid()  # its process group is killed as a whole
    if stdin is None:
        stdin = os.open(os.devnull, os.O_RDONLY)
    for stream, opened in enumerate((stdin, log, log)):
        os.dup2(opened, stream)
    os.close(stdin)
    os.close(log)
    with open(order, "rb") as file:
        described = json.load(file)
    os.environ.clear()
    os.environ.update(described["env"])
    _initialise_modules_again()
    setproctitle(f"preau {described['name']}")
    os.write(report, str(os.getpid()).encode())
    os.close(report)
    sys.argv = described["argv"]
    with noting_exit_code():
        runpy.run_module(described["argv"][0], run_name="__main__", alter_sys=True)


def _initialise_modules_again() -> None:
    """
    Repeat the initialisation of preloaded modules that must be done in each process.
    """
    if hubs := sys.modules.get("eventlet.hubs"):
        hubs.use_hub()
    if metrics := sys.modules.get("shared.runtime.metrics"):
        metrics.keep_metrics_in_folder()


if __name__ == "__main__":
    main(socket.socket(fileno=0), sys.argv[1:])
