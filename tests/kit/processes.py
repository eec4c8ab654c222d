"""Processes of the kit's services, preforked as those of a town (decision 0038)."""

import atexit
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deploy.processes.forks.prefork import Prefork
from deploy.processes.forks.subreaper import adopt_orphans, leave_orphans
from deploy.processes.process import Layers

SHARED: Layers = (("shared.bus.runner", "tests.kit.alpha", "tests.kit.beta", "tests.faults.gamma"),)


class Process:
    """A child that was not started here; it is waited for as `subprocess.Popen` does."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, seconds: float) -> int:
        """Return how it ended; raises subprocess.TimeoutExpired."""
        end = time.monotonic() + seconds
        while (ended := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", seconds)
            time.sleep(0.01)
        return ended

    def send_signal(self, which: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def start(
    log: Path, environment: Mapping[str, str], *argv: str, shared: Layers = SHARED
) -> Process:
    """Start `python -m argv` with more of an environment; what it says is added to a log."""
    prefork = _prefork(shared)
    with open(log, "ab") as file, _adopting():
        born = prefork.start_forked_process(
            log.stem, argv, {**os.environ, **environment}, file.fileno()
        )
    return Process(born.pid)


@contextmanager
def _adopting() -> Iterator[None]:
    """Be a parent to orphans for a moment: those of towns that are tried here have others."""
    adopt_orphans()
    try:
        yield
    finally:
        leave_orphans()


@cache
def _prefork(shared: Layers) -> Prefork:
    *below, own = shared
    beneath = _prefork(tuple(below)) if below else None
    with _adopting():
        prefork = Prefork(own, beneath)
    atexit.register(prefork.kill_prefork)
    return prefork
