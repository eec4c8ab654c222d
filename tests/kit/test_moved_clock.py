"""A process that runs lives in whatever moment its test moves it to, and in no other."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.dates.clock import PARIS
from tests.moments import MovedClock

SAYS = """
import sys, time
for _ in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""
JANUARY = datetime(2027, 1, 11, 9, tzinfo=PARIS)
SEPTEMBER = datetime(2027, 9, 6, 8, tzinfo=PARIS)
A_WHILE = timedelta(minutes=5)


@pytest.fixture
def clock(tmp_path: Path) -> MovedClock:
    return MovedClock(tmp_path / "clock", JANUARY)


@pytest.fixture
def process(clock: MovedClock) -> Iterator["subprocess.Popen[str]"]:
    """Give a process that says what the time is whenever it is asked."""
    command = [sys.executable, "-c", SAYS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=clock.environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        yield process
        process.kill()


def asked(process: "subprocess.Popen[str]") -> tuple[datetime, float]:
    assert process.stdin and process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    said, monotonic = process.stdout.readline().split()
    return datetime.fromtimestamp(float(said), UTC), float(monotonic)


def test_a_running_process_comes_to_september_and_measures_no_time_for_it(
    clock: MovedClock, process: "subprocess.Popen[str]"
) -> None:
    first, began = asked(process)
    clock.move_to(SEPTEMBER)
    then, ended = asked(process)

    assert timedelta() <= first - JANUARY < A_WHILE
    assert timedelta() <= then - SEPTEMBER < A_WHILE
    assert ended - began < A_WHILE.total_seconds()
    assert abs(clock.now() - then) < A_WHILE


def test_who_was_not_given_that_clock_stays_in_the_present(clock: MovedClock) -> None:
    clock.move_to(SEPTEMBER.replace(year=2090))

    assert datetime.now(UTC) < SEPTEMBER.replace(year=2090) - timedelta(days=1)
