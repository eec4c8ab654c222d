"""
Prefork server: forks processes from one that has preloaded their code (decision 0038).

The prefork process loads modules and waits; each process is a fork of it, started in a few
hundredths of a second, and shares its memory. Environment and secrets reach the process in a memory
file that the prefork process passes on unread. The forked process becomes a child of the
supervisor, and outlives the prefork process. It ends without unloading its code, which writes to
all of that memory: half of what starting it took.

`python -m deploy.processes.prefork FD MODULE...` is the prefork process itself; FD is its end of a
socket pair. `module:function` calls the function after the import: patching modules come first.
If a file that it loaded has changed since, it begins anew before it forks: what is started, by
`preau restart` or after a crash, runs the code that is there.
"""

import atexit
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
from contextlib import contextmanager, suppress

# Imported by name before a preloaded module patches them: nothing here may wait in an event loop,
# which the forked processes would then share.
from os import execv, fork, stat, waitpid
from time import sleep

from setproctitle import setproctitle

from deploy.instance.instance import PROJECT
from deploy.processes.subreaper import make_death_signal_setter
from shared.runtime.code_loading import fill_holes_in_memory, garbage_collection_held_back

PROGRAM = "deploy.processes.prefork"
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

    def wait(self) -> int:
        """
        Return the process's exit code, or minus the signal that ended it.
        """
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Prefork:
    """
    Client of a prefork process, for its supervisor, which must be a child subreaper.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self.has_started = False
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._program = subprocess.Popen(
                [sys.executable, "-m", PROGRAM, str(theirs.fileno()), *modules],
                cwd=PROJECT,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                preexec_fn=make_death_signal_setter(os.getpid(), signal.SIGKILL),
            )

    @property
    def pid(self) -> int:
        return self._program.pid

    def start_forked_process(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], log: int
    ) -> ForkedProcess:
        """
        Start `python -m argv` with exactly this environment; it writes to an open file.

        Raises PreforkError.
        """
        order = json.dumps({"name": name, "argv": argv, "env": dict(env)}).encode()
        reader, writer = os.pipe()
        order_file = os.memfd_create("order")
        try:
            os.pwrite(order_file, order, 0)
            socket.send_fds(self._ours, [b"."], [order_file, log, writer])
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
    setproctitle(f"preau prefork of {modules[0]}")
    atexit.register(_leave)  # before any other: the last one to be called
    with garbage_collection_held_back():
        for path in modules:
            module, _, function = path.partition(":")
            loaded = importlib.import_module(module)
            if function:
                getattr(loaded, function)()
    fill_holes_in_memory()
    supervisor, stamps = os.getppid(), _stamps_of_loaded_files()
    while True:
        control.recv(1, socket.MSG_PEEK)  # the order stays there for who loads the code anew
        if any(_stamp_of_file(path) != stamp for path, stamp in stamps.items()):
            execv(sys.executable, [sys.executable, "-m", PROGRAM, str(control.fileno()), *modules])
        _, files, _, _ = socket.recv_fds(control, 1, 3)
        if not files:
            sys.exit()
        if _fork_process(supervisor):
            control.close()
            run_ordered_module(*files)
            return
        for file in files:
            os.close(file)


def _stamps_of_loaded_files() -> dict[str, tuple[int, int] | None]:
    """
    Return the files of all loaded modules, those of libraries too, each as it is now.
    """
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {path: _stamp_of_file(path) for path in paths if path}


def _stamp_of_file(path: str) -> tuple[int, int] | None:
    try:
        found = stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


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


def run_ordered_module(order: int, log: int, report: int) -> None:
    """
    Run the module described by the order file, after reporting the process id.
    """
    os.setsid()  # its process group is killed as a whole
    for stream in (1, 2):
        os.dup2(log, stream)
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
    with _noting_exit_code():
        runpy.run_module(described["argv"][0], run_name="__main__", alter_sys=True)


_exit_code = 0


@contextmanager
def _noting_exit_code() -> Iterator[None]:
    """
    Note with which code the process ends: by then, nothing else says it.
    """
    global _exit_code
    try:
        yield
    except SystemExit as end:
        _exit_code = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    except BaseException:
        _exit_code = 1
        raise


def _leave() -> None:
    """
    End the process now that its threads have ended and all else that was to be done at its end is.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(_exit_code & 0xFF)


def _initialise_modules_again() -> None:
    """
    Repeat the initialisation of preloaded modules that must be done in each process.
    """
    if hubs := sys.modules.get("eventlet.hubs"):
        hubs.use_hub()
    if metrics := sys.modules.get("shared.runtime.metrics"):
        metrics.keep_metrics_in_folder()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
