"""
Every test, in two halves side by side: most tests wait for something, and there are two cores.

`python -m tests` is what `make test` runs. Each half has a broker and a database of its own.
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


def main() -> int:
    """Show one half as it goes and the other after it; return the worse of their results."""
    with tempfile.TemporaryFile() as kept:
        other = half(SERVICES, PORT_BASE + APART, stdout=kept, stderr=subprocess.STDOUT)
        try:
            result = half(WHOLE, PORT_BASE).wait()
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
    sys.exit(main())
