"""A bench: the town it makes, and what it says of itself: its figures, its aims, what was met."""

import json
from io import StringIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from bench.report import Aim, Report, at_least, below, show, write
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


def test_an_aim_without_a_figure_is_a_mistake_of_the_bench() -> None:
    report = Report("rpc", {}, (at_least("ratio", 0.6),))

    with pytest.raises(KeyError):
        report.as_json()


def test_a_benchs_town_can_be_read_with_its_twenty_clubs(tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(town_file(20), "utf-8")

    codes = [provider.code for provider in read_town(file).providers]

    assert codes[-20:] == club_codes(20)
