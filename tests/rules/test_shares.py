"""Parts of the tests run beside each other, and workers begin with what waits; none is lost."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.__main__ import Start, part, side_by_side
from tests.shares import TESTS, shared_out


def some(folder: str, count: int) -> list[Any]:
    return [SimpleNamespace(path=TESTS / folder / f"test_{number}.py") for number in range(count)]


def test_one_worker_begins_with_towns_and_the_other_with_the_broker() -> None:
    towns, services, broker = some("deploy", 3), some("services", 20), some("kit", 4)

    ordered = shared_out([*towns, *services, *broker], workers=2)

    assert ordered[:3] == towns and ordered[13:17] == broker
    assert [each for each in ordered if each in services] == services
    assert len(ordered) == 27
    assert shared_out(ordered, workers=1) == ordered


def test_what_waits_longer_than_a_share_pushes_nothing_out() -> None:
    towns, services = some("deploy", 9), some("services", 2)

    assert shared_out([*services, *towns], workers=2) == [*towns, *services]


def shell(command: str) -> Start:
    return lambda **streams: subprocess.Popen(["sh", "-c", command], **streams)


def test_what_fails_before_the_last_part_is_the_end_of_all(tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    result = side_by_side([shell("exit 3"), shell(f"touch {begun}")], shell("exec sleep 300"))

    assert result == 3 and not begun.exists()


def test_what_is_kept_back_is_shown_and_fails_all(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = tmp_path / "begun"
    shown = [shell("echo rules"), shell(f"touch {begun}; echo journeys")]
    kept_back = shell(f"until [ -e {begun} ]; do sleep 0.01; done; echo others; exit 4")

    assert side_by_side(shown, kept_back) == 4
    assert capfd.readouterr().out.split() == ["rules", "journeys", "others"]


@pytest.mark.parametrize("killed", [0, 1], ids=["shown", "kept back"])
def test_a_part_that_is_killed_has_not_passed(killed: int) -> None:
    ends = [shell("kill -9 $$" if number == killed else "true") for number in range(2)]

    assert side_by_side([ends[0]], ends[1])


def test_tests_do_not_begin_where_what_comes_before_them_fails(tmp_path: Path) -> None:
    with part([str(tmp_path)], 0, after="exit 7") as begun:
        assert begun.wait() == 7
