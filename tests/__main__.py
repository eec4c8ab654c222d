"""
Every test, in two parts side by side: there are two cores, and each part keeps one busy.

`python -m tests` is what `make test` runs. Each part has a broker and a database of its own; after
the journeys a month of the large town is billed, and one family goes through a town on a cluster
while parts of that are killed.

`python -m tests cluster` is what `make cluster-test` runs: all journeys through such a town, and
then, in a fresh one, those of them that tell most while each begins with parts killed.
"""

import os
import subprocess
import sys
import tempfile

from tests.memory import memory

PORT_BASE = int(os.environ.get("PREAU_TEST_PORT_BASE", "9600"))
APART = 800
"""Ports between the two parts: a town of journeys or of `tests/deploy` reaches 600 further."""

JOURNEYS = "tests/journeys"
FIRST = [JOURNEYS, "tests/kit", "tests/rules"]
MONTH = "tests/deploy/test_demo_month.py"
OTHER = ["tests/services", "tests/deploy", f"--ignore={MONTH}"]
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


def part(folders: list[str], port_base: int, **streams: object) -> "subprocess.Popen[bytes]":
    """Start one part of the tests."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "--durations=15", *folders],
        env=_environment(PREAU_TEST_PORT_BASE=str(port_base)),
        **streams,  # type: ignore[call-overload]
    )


def on_a_cluster(files: list[str], **more: str) -> int:
    """Run journeys through a town on a cluster; return their result."""
    command = [sys.executable, "-m", "pytest", *files, f"--timeout={LONG_SECONDS}"]
    return subprocess.run(command, env=_environment(PREAU_TEST_TOWN="cluster", **more)).returncode


def cluster() -> int:
    """Go all journeys, then some of them while parts are killed; return the worse result."""
    whole = on_a_cluster([JOURNEYS])
    return max(whole, on_a_cluster(STRUCK, PREAU_TEST_STRUCK="yes"))


def main() -> int:
    """Show the first part as it goes and the other after it; return the worse result."""
    with tempfile.TemporaryFile() as kept:
        other = part(OTHER, PORT_BASE + APART, stdout=kept, stderr=subprocess.STDOUT)
        try:
            first = [part(some, PORT_BASE).wait() for some in (FIRST, [MONTH])]
            result = max(*first, on_a_cluster(KILLED))
            other_result = other.wait()
        except KeyboardInterrupt:
            other.terminate()
            other.wait()
            raise
        kept.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.read())
    return max(result, other_result)


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "TMPDIR": memory() or tempfile.gettempdir(), **more}


if __name__ == "__main__":
    sys.exit(cluster() if sys.argv[1:] == ["cluster"] else main())
