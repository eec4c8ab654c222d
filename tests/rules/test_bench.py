"""A bench: the town it makes, and what it says of itself: its figures, its aims, what was met."""

import json
import signal
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from bench.ground import ENDING, bench_home, laying, let_signals_end_benches
from bench.report import Aim, Report, Turn, at_least, below, show, show_all, write
from bench.town import club_codes, town_file
from deploy.register.town_file.town import read_town

REPORT = Report(
    "rpc",
    {"ratio": 0.61234567, "p95 s": 1.0, "calls/s": 987.0},
    (at_least("ratio", 0.6), below("p95 s", 1.0)),
)


@pytest.mark.parametrize(
    ("aim", "value", "met"),
    [
        (at_least("ratio", 0.6), 0.6, True),
        (at_least("ratio", 0.6), 0.5999, False),
        (below("p95 s", 1.0), 0.999, True),
        (below("p95 s", 1.0), 1.0, False),
    ],
)
def test_an_aim_is_met_at_its_bound_or_only_under_it(aim: Aim, value: float, met: bool) -> None:
    assert aim.is_met(value) is met


def test_the_file_has_name_figures_aims_and_whether_each_was_met(tmp_path: Path) -> None:
    path = write(REPORT, lambda figure: None, tmp_path)

    written = json.loads(path.read_text("utf-8"))

    assert path == tmp_path / "rpc.json"
    assert written == {
        "name": "rpc",
        "figures": {"ratio": 0.6123, "p95 s": 1.0, "calls/s": 987.0},
        "aims": {"ratio": {"at_least": 0.6}, "p95 s": {"below": 1.0}},
        "met": {"ratio": True, "p95 s": False},
    }


def test_a_plot_stands_beside_the_file(tmp_path: Path) -> None:
    def draw(figure: Figure) -> None:
        figure.subplots().plot([0, 1], [0, 1])

    path = write(REPORT, draw, tmp_path)

    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_a_missed_aim_is_said_and_a_met_one_is_not() -> None:
    said = StringIO()

    show(REPORT, Console(file=said, width=100))

    assert "missed: p95 s is 1, the aim < 1" in said.getvalue()
    assert "missed: ratio" not in said.getvalue()


def test_the_last_table_has_each_aim_with_its_verdict_and_what_broke() -> None:
    said = StringIO()
    turns = [Turn("rpc", REPORT, 61.0, 12.0), Turn("pdf", None, 9.0, 1.0)]

    show_all(turns, Console(file=said, width=100))

    lines = [line.replace("│", " ").split() for line in said.getvalue().splitlines()]
    assert ["rpc", "ratio", "0.6123", "≥", "0.6", "met", "61", "12"] in lines
    assert ["p95", "s", "1", "<", "1", "missed"] in lines
    assert ["pdf", "broke", "9", "1"] in lines
    assert ["all", "70", "13"] in lines


def test_what_is_laid_within_what_is_laid_counts_once() -> None:
    before = laying.seconds
    start = time.monotonic()

    with laying, laying:
        time.sleep(0.01)

    assert 0.01 <= laying.seconds - before <= time.monotonic() - start


@pytest.fixture
def signals_kept() -> Iterator[None]:
    """Let this process have its handlers again afterwards."""
    before = {each: signal.getsignal(each) for each in ENDING}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_a_bench_that_is_interrupted_leaves_nothing_behind_and_ends_all_it_began(
    signals_kept: None,
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background ignores it
    ended = []

    with pytest.raises(KeyboardInterrupt), bench_home() as (home, ends):
        ends.callback(ended.append, "server")
        ends.callback(signal.raise_signal, signal.SIGINT)  # once more, while it cleans up
        ends.callback(ended.append, "service")
        (home / "var").mkdir()
        signal.raise_signal(signal.SIGINT)

    assert ended == ["service", "server"]
    assert not home.exists()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_bench_ends_with_its_terminal(signals_kept: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    let_signals_end_benches()

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGHUP)


def test_under_nohup_a_bench_outlives_its_terminal(signals_kept: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    let_signals_end_benches()

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_aim_without_a_figure_is_a_mistake_of_the_bench() -> None:
    report = Report("rpc", {}, (at_least("ratio", 0.6),))

    with pytest.raises(KeyError):
        report.as_json()


def test_a_benchs_town_can_be_read_with_its_twenty_clubs(tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(town_file(20), "utf-8")

    codes = [provider.code for provider in read_town(file).providers]

    assert codes[-20:] == club_codes(20)
