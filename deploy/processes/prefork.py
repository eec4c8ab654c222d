"""
Starts processes whose code is loaded already, and shared by them (decision 0038).

A nursery loads modules and waits; each process is a fork of it, there in a few hundredths of a
second. What a process is given, its secrets among it, is a file in memory that the nursery passes
on unread: only the process opens it. A process is its supervisor's child, not its nursery's, and
outlives that.

`python -m deploy.processes.prefork FD MODULE...` is the nursery itself; FD is its end of a pair of
sockets. A module may be `module:function`, which is called: what patches others comes first.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

# By name, before a module of the nursery puts a patient one in its place: nothing here may wait
# in an event loop, which processes would then share.
from os import fork, waitpid
from time import sleep

from setproctitle import setproctitle

from deploy.instance.instance import PROJECT
from deploy.processes.subreaper import dying_with

BIRTH_SECONDS = 60.0
"""In which a nursery has loaded its modules, on a busy machine, and made its first process."""


class PreforkError(OSError):
    """
    The nursery is gone, or made no process in time.
    """


class ForkedProcess:
    """
    A process out of a nursery.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self) -> int:
        """
        Return how it ended: its code, or minus the signal.
        """
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Prefork:
    """
    A nursery as its supervisor sees it, which must be a parent to orphans.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self.has_borne = False
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "deploy.processes.prefork", str(theirs.fileno()), *modules],
                cwd=PROJECT,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
            )

    @property
    def pid(self) -> int:
        return self._program.pid

    def bear(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], log: int
    ) -> ForkedProcess:
        """
        Start `python -m argv` with exactly this environment; it writes to an open file.

        Raises PreforkError.
        """
        order = json.dumps({"name": name, "argv": argv, "env": dict(env)}).encode()
        reader, writer = os.pipe()
        paper = os.memfd_create("order")
        try:
            os.pwrite(paper, order, 0)
            socket.send_fds(self._ours, [b"."], [paper, log, writer])
        except OSError as error:
            os.close(reader)
            raise PreforkError("the nursery is gone") from error
        finally:
            os.close(paper)
            os.close(writer)
        with open(reader, "rb") as answers:
            ready, _, _ = select.select([answers], [], [], BIRTH_SECONDS)
            answer = answers.read() if ready else b""
        if not answer:
            raise PreforkError("the nursery made no process")
        self.has_borne = True
        return ForkedProcess(int(answer))

    def end(self) -> None:
        """
        End it at once; what it made goes on.
        """
        self._ours.close()
        self._program.kill()
        self._program.wait()


def main(control: socket.socket, modules: Sequence[str]) -> None:
    """
    Load modules, then make a process whenever told to, until the supervisor is gone.

    Returns in such a process, having run what it was made for, and not in the nursery.
    """
    setproctitle(f"preau nursery of {modules[0]}")
    for path in modules:
        module, _, function = path.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    gc.collect()
    gc.freeze()  # a collection in a process would copy what it only looks at
    supervisor = os.getppid()
    while True:
        _, files, _, _ = socket.recv_fds(control, 1, 3)
        if not files:
            sys.exit()
        if _is_born(supervisor):
            control.close()
            run(*files)
            return
        for file in files:
            os.close(file)


def _is_born(supervisor: int) -> bool:
    """
    Fork twice, and return True in the process that the supervisor has become the parent of.
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
    dying_with(supervisor, signal.SIGKILL)()
    return True


def run(order: int, log: int, born: int) -> None:
    """
    Become the process that a file describes, say so, and do what it is for.
    """
    os.setsid()  # its whole family is ended by its number
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    with open(order, "rb") as file:
        told = json.load(file)
    os.environ.clear()
    os.environ.update(told["env"])
    _begin_anew()
    setproctitle(f"preau {told['name']}")
    os.write(born, str(os.getpid()).encode())
    os.close(born)
    sys.argv = told["argv"]
    runpy.run_module(told["argv"][0], run_name="__main__", alter_sys=True)


def _begin_anew() -> None:
    """
    Do again what modules did as they were loaded, with what is this process's own.
    """
    if hubs := sys.modules.get("eventlet.hubs"):
        hubs.use_hub()
    if figures := sys.modules.get("shared.runtime.metrics"):
        figures.keep()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
