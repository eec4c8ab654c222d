"""
A supervisor in a process of its own, and what tests ask of it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.instance.instance import PROJECT, Instance
from deploy.processes import supervisor
from deploy.processes.process import Process


def eventually(happens: Callable[[], Any], within: float = 10.0) -> Any:
    """
    Wait for something to become true, and return it.
    """
    deadline = time.monotonic() + within
    while not (seen := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return seen


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or since
        return False


PROGRAM = """
import atexit, sys, time
from pathlib import Path
from deploy.processes import process, supervisor
from deploy.instance.instance import Instance

home, wanted, how = sys.argv[1:]
instance, ask = Instance(Path(home)), ["cat", wanted]

if how == "slow":
    atexit.register(time.sleep, 1)
if how == "patient":
    process.FIRST_DELAY = process.LONGEST_DELAY = 600.0
if how in ("run", "slow", "patient"):
    supervisor.Supervisor(instance, ask).run()
else:
    print(supervisor.start_detached(instance, ask, with_parent=how == "with_parent"), flush=True)
    if how == "with_parent":
        sys.stdin.read()
"""
SLEEP = ["sleep", "600"]
FAMILY = ["sh", "-c", "sleep 601 & sleep 602; true"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
DEAF += "; print('deaf', flush=True); time.sleep(603)"
STUBBORN = [sys.executable, "-c", DEAF]


class Supervised:
    """
    A supervisor in a process of its own, and what a test asks of it.
    """

    def __init__(self, home: Path) -> None:
        self.instance = Instance(home / "home")
        self.wanted = home / "wanted.json"
        self.program: subprocess.Popen[str] | None = None
        self.seen: set[int] = set()

    def want(self, **wanted: list[str]) -> None:
        """
        Say what should run, each by itself.
        """
        self.want_shared((), **wanted)

    def want_shared(self, modules: Sequence[str], **wanted: list[str]) -> None:
        """
        Say what should run, sharing modules; each has its name in its environment.
        """
        self.want_all(
            Process(name, argv, {"PROCESS": name}, (tuple(modules),) if modules else ())
            for name, argv in wanted.items()
        )

    def want_all(self, wanted: Iterable[Process]) -> None:
        self.wanted.write_text(json.dumps([asdict(process) for process in wanted]), "utf-8")

    def launch(self, how: str = "run", project: Path = PROJECT) -> subprocess.Popen[str]:
        """
        Start the supervisor, of this code or of another folder's.
        """
        self.program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.instance.home), str(self.wanted), how],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.program

    def row(self, name: str) -> dict[str, Any]:
        """
        Return the supervisor's state of a process, {} if it has none of that name.
        """
        written = supervisor.supervisor_state(self.instance) or {"processes": {}}
        row: dict[str, Any] = written["processes"].get(name, {})
        if row.get("pid"):
            self.seen |= group(row["pid"])
        return row

    def pid_once_running(self, name: str, but: int | None = None) -> int:
        def running() -> int | None:
            row = self.row(name)
            return row["pid"] if row.get("state") == "running" and row["pid"] != but else None

        pid: int = eventually(running)
        return pid

    def finish(self) -> None:
        eventually(self._ends)
        if self.program:
            self.program.kill()
            self.program.communicate()

    def _ends(self) -> bool:
        pid = supervisor.running_pid(self.instance)
        if pid:
            os.kill(pid, signal.SIGTERM)
        return pid is None


def group(pid: int) -> set[int]:
    """
    The living processes of a process group.
    """
    members = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and is_alive(int(entry.name)):
            try:
                if os.getpgid(int(entry.name)) == pid:
                    members.add(int(entry.name))
            except ProcessLookupError:
                continue
    return members
