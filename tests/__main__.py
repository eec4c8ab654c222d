"""
Every test, in two parts side by side: there are two cores, and each part keeps one busy.

`python -m tests` is what `make test` runs. Each part has a broker and a database of its own; after
the journeys one family goes through a town on a cluster while parts of that are killed.

`python -m tests cluster` is what `make cluster-test` runs: all journeys through such a town, and
then, in a fresh one, those of them that tell most while each begins with parts killed.
"""

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO

from tests.memory import memory

PORT_BASE = int(os.environ.get("PREAU_TEST_PORT_BASE", "9600"))

JOURNEYS = "tests/journeys"
KILLED = [f"{JOURNEYS}/test_killed.py"]
STRUCK = [
    f"{JOURNEYS}/test_{name}.py"
    for name in (
        "tell_once",
        "enrol",
        "bill",
        "messages",
        "live",
        "front_desk",
        "one_down",
        "tablet",
        "renewal",
    )
]
LONG_SECONDS = 600
"""The first journey waits for the whole cluster and its families."""

CLUSTER = {"PREAU_TEST_TOWN": "cluster"}


@dataclass
class Part:
    """
    Tests that run one after the other, on ports of their own.

    What they print is `kept` for later, or shown as it comes. A town of the journeys and of
    `tests/deploy` reaches 600 ports further than its part's.
    """

    folders: list[str]
    ports: int
    then_killed: bool = False
    kept: IO[bytes] | None = field(default_factory=tempfile.TemporaryFile)
    result: int = 0

    def run(self) -> None:
        """Run them, and note the worst result."""
        command = [sys.executable, "-m", "pytest", "--durations=15", *self.folders]
        self.result = self._call(command)
        if self.then_killed:
            self.result = max(self.result, self._call(pytest_on_a_cluster(KILLED), **CLUSTER))

    def show(self) -> None:
        """Print what was kept."""
        if self.kept is not None:
            self.kept.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(self.kept.read())
            sys.stdout.flush()

    def _call(self, command: list[str], **more: str) -> int:
        environment = {
            **os.environ,
            "PREAU_TEST_PORT_BASE": str(PORT_BASE + self.ports),
            "TMPDIR": memory() or tempfile.gettempdir(),
            **more,
        }
        errors = None if self.kept is None else subprocess.STDOUT
        return subprocess.run(command, env=environment, stdout=self.kept, stderr=errors).returncode


def pytest_on_a_cluster(files: list[str]) -> list[str]:
    """Return the command that runs journeys, where `CLUSTER` says through which town."""
    return [sys.executable, "-m", "pytest", *files, f"--timeout={LONG_SECONDS}"]


def cluster() -> int:
    """Go all journeys, then some of them while parts are killed; return the worse result."""
    environment = {**os.environ, **CLUSTER}
    whole = subprocess.run(pytest_on_a_cluster([JOURNEYS]), env=environment)
    struck = {**environment, "PREAU_TEST_STRUCK": "yes"}
    return max(whole.returncode, subprocess.run(pytest_on_a_cluster(STRUCK), env=struck).returncode)


def main() -> int:
    """Show the first part as it goes and the other after it; return the worse result."""
    parts = [
        Part([JOURNEYS, "tests/kit", "tests/rules"], 0, kept=None, then_killed=True),
        Part(["tests/services", "tests/deploy"], 800),
    ]
    running = [(part, threading.Thread(target=part.run)) for part in parts]
    for _, thread in running:
        thread.start()
    for part, thread in running:
        thread.join()
        part.show()
    return max(part.result for part in parts)


if __name__ == "__main__":
    sys.exit(cluster() if sys.argv[1:] == ["cluster"] else main())
