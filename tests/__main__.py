"""
Every test, in three parts side by side: there are two cores, and who waits leaves one to others.

`python -m tests` is what `make test` runs. The journeys go through one town; all other tests are
shared out between two workers, each with a broker and a database of its own. A test has the kind
of database that falls to its name, or both where the database is the point.

`python -m tests check` is what `make check` ends with: the rules, and beside them types and
architecture.

`python -m tests whole` is what `.ci/run` ends with: the rules and then the journeys, beside them
types, architecture and then all others. What is read takes half as long as the rules, and the
core that has read it does not wait for them.

`python -m tests all` is what `make test-all` runs, nightly: every test on both kinds of database,
the full sequences that are marked `nightly`, and one family in a town on a cluster while parts of
that are killed.

`python -m tests cluster` is what `make cluster-test` runs: all journeys through such a town, and
then, in a fresh one, those of them that tell most while each begins with parts killed.

`python -m tests moments` is what `make test-moments` runs: rules and services, on SQLite alone, at
each of the moments of `tests/moments.py`. With names it runs only those, with paths only these:
`python -m tests moments leap-day tests/services/test_bookings.py`.
"""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from shared.dates.clock import PARIS
from tests.memory import memory
from tests.moments import MOMENTS, clock_at, next_one
from tests.night import NIGHT_SECONDS
from tests.ports import APART, PORT_BASE

JOURNEYS, RULES = "tests/journeys", "tests/rules"
OTHERS = ["tests/deploy", "tests/services", "tests/kit"]
PROGRAMS = Path(sys.executable).parent
READ = f"{PROGRAMS}/mypy && {PROGRAMS}/lint-imports"
WORKERS = ["-n", "2", "--dist", "worksteal"]
CHOSEN = ["-m", "not nightly"]
AT_MOMENTS = [RULES, "tests/services"]
ALL = "PREAU_TEST_ALL"
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

Start = Callable[..., "subprocess.Popen[bytes]"]
"""Starts a part; where it is given streams, that part writes to these."""


def part(
    arguments: list[str], port_base: int, *, after: str = "true", **streams: object
) -> "subprocess.Popen[bytes]":
    """Start a part of the tests, once a command of the shell has found nothing wrong."""
    command = [sys.executable, "-m", "pytest", "--durations=15", *arguments]
    return subprocess.Popen(
        ["sh", "-c", f"{after} && exec {shlex.join(command)}"],
        env=_environment(PREAU_TEST_PORT_BASE=str(port_base)),
        **streams,  # type: ignore[call-overload]
    )


def rules() -> "subprocess.Popen[bytes]":
    """Start the tests of the rules."""
    return subprocess.Popen([sys.executable, "-m", "pytest", RULES, "-q"])


def on_a_cluster(files: list[str], **more: str) -> int:
    """Run journeys through a town on a cluster; return their result."""
    command = [sys.executable, "-m", "pytest", *files, f"--timeout={NIGHT_SECONDS}"]
    return subprocess.run(command, env=_environment(PREAU_TEST_TOWN="cluster", **more)).returncode


def cluster() -> int:
    """Go all journeys, then some of them while parts are killed; return what failed."""
    result = on_a_cluster([JOURNEYS])
    return first_failure(result, on_a_cluster(STRUCK, PREAU_TEST_STRUCK="yes"))


def at_moments(arguments: list[str]) -> int:
    """Run rules and services at each moment, one after the other; return what failed."""
    names = [each for each in arguments if each in MOMENTS] or list(MOMENTS)
    files = [each for each in arguments if each not in MOMENTS] or AT_MOMENTS
    options = [*WORKERS, "-q", f"--timeout={NIGHT_SECONDS}"]
    command = [sys.executable, "-m", "pytest", *files, *options]
    results = {}
    for name in names:
        moment = next_one(name, datetime.now(UTC))
        print(f"\n{name}: {moment.astimezone(PARIS):%A %-d %B %Y, %H:%M} in Paris", flush=True)
        environment = _environment(**clock_at(moment), PREAU_TEST_DATABASES="sqlite")
        results[name] = subprocess.run(command, env=environment).returncode
    for name, result in results.items():
        print(f"{name:<20}{'failed' if result else 'passed'}")
    return first_failure(*results.values())


def everything() -> int:
    """Run all of `main` and what it leaves to the night; return what failed."""
    os.environ[ALL] = "yes"
    return first_failure(main(), on_a_cluster(KILLED))


def check() -> int:
    """Show the rules as they go, and types and architecture after them; return what failed."""
    return side_by_side([rules], lambda **streams: subprocess.Popen(["sh", "-c", READ], **streams))


def whole() -> int:
    """Show rules, then journeys, and after them types and all others; return what failed."""
    return side_by_side(
        [rules, lambda: part([JOURNEYS, *CHOSEN], PORT_BASE)],
        lambda **streams: part(
            [*OTHERS, *WORKERS, *CHOSEN], PORT_BASE + APART, after=READ, **streams
        ),
    )


def main() -> int:
    """Show the journeys as they go and all others after them; return what failed."""
    chosen = [] if ALL in os.environ else CHOSEN
    others = [*OTHERS, RULES, *WORKERS, *chosen]
    return side_by_side(
        [lambda: part([JOURNEYS, *chosen], PORT_BASE)],
        lambda **streams: part(others, PORT_BASE + APART, **streams),
    )


def side_by_side(shown: Sequence[Start], kept_back: Start) -> int:
    """
    Show parts one after the other, and then what the other says; return what failed.

    Where something has failed before the last one begins, that is the end.
    """
    # What a shell starts in the background ignores the signal, and so would all parts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryFile() as kept:
        other = kept_back(stdout=kept, stderr=subprocess.STDOUT)
        try:
            for each in shown:
                result = each().wait()
                if each is not shown[-1] and (result or other.poll()):
                    other.send_signal(signal.SIGINT)
                    break
            other_result = other.wait()
        except KeyboardInterrupt:
            other.terminate()
            other.wait()
            raise
        kept.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.read())
    return first_failure(result, other_result)


def first_failure(*results: int) -> int:
    """Return the first that is no success; one below nothing is the signal that ended a part."""
    return next(filter(None, results), 0)


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "TMPDIR": memory() or tempfile.gettempdir(), **more}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["all"]:
            sys.exit(everything())
        case ["check"]:
            sys.exit(check())
        case ["cluster"]:
            sys.exit(cluster())
        case ["whole"]:
            sys.exit(whole())
        case ["moments", *arguments]:
            sys.exit(at_moments(arguments))
        case _:
            sys.exit(main())
