"""
Every test, in two halves side by side: most tests wait for something, and there are two cores.

`python -m tests` is what `make test` runs. Each half has a broker and a database of its own; at the
end of one, a family goes through a town on a cluster while parts of that are killed.

`python -m tests cluster` is what `make cluster-test` runs: all journeys through such a town, and
then, in a fresh one, those of them that tell most while each begins with parts killed.
"""

import os
import subprocess
import sys
import tempfile

from tests.memory import memory

PORT_BASE = int(os.environ.get("PREAU_TEST_PORT_BASE", "9600"))
APART = 50
"""Ports between the two halves; a town of the journeys has its own, 100 further on."""

WHOLE = ["tests/deploy", "tests/journeys", "tests/kit", "tests/rules"]
SERVICES = ["tests/services"]
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


def half(folders: list[str], port_base: int, **streams: object) -> "subprocess.Popen[bytes]":
    """Start one half of the tests."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "--durations=15", *folders],
        env={
            **os.environ,
            "PREAU_TEST_PORT_BASE": str(port_base),
            "TMPDIR": memory() or tempfile.gettempdir(),
        },
        **streams,  # type: ignore[call-overload]
    )


def on_a_cluster(files: list[str], **more: str) -> int:
    """Run journeys through a town on a cluster; return their result."""
    command = [sys.executable, "-m", "pytest", *files, f"--timeout={LONG_SECONDS}"]
    return subprocess.run(command, env={**os.environ, **CLUSTER, **more}).returncode


def cluster() -> int:
    """Go all journeys, then some of them while parts are killed; return the worse result."""
    whole = on_a_cluster([JOURNEYS])
    return max(whole, on_a_cluster(STRUCK, PREAU_TEST_STRUCK="yes"))


def main() -> int:
    """Show one half as it goes and the other after it; return the worse of their results."""
    with tempfile.TemporaryFile() as kept:
        other = half(SERVICES, PORT_BASE + APART, stdout=kept, stderr=subprocess.STDOUT)
        try:
            result = max(half(WHOLE, PORT_BASE).wait(), on_a_cluster(KILLED))
            other_result = other.wait()
        except KeyboardInterrupt:
            other.terminate()
            other.wait()
            raise
        kept.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.read())
    return max(result, other_result)


if __name__ == "__main__":
    sys.exit(cluster() if sys.argv[1:] == ["cluster"] else main())
