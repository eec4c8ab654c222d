"""Report of a bench, beside what was aimed at: a table, a file for machines, a plot for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from deploy.instance.instance import replace_file


@dataclass(frozen=True)
class Aim:
    """A figure and the bound it should keep: at least so much, or below so much."""

    figure: str
    bound: float
    below: bool = False

    def is_met(self, value: float) -> bool:
        return value < self.bound if self.below else value >= self.bound

    @property
    def rule(self) -> dict[str, float]:
        return {"below" if self.below else "at_least": self.bound}

    @property
    def in_words(self) -> str:
        return f"{'<' if self.below else '≥'} {self.bound:g}"


def at_least(figure: str, bound: float) -> Aim:
    """Aim at a figure that reaches the bound."""
    return Aim(figure, bound)


def below(figure: str, bound: float) -> Aim:
    """Aim at a figure that stays under the bound."""
    return Aim(figure, bound, below=True)


@dataclass(frozen=True)
class Report:
    """The outcome of one bench; each aim names one of the figures."""

    name: str
    figures: Mapping[str, float]
    aims: tuple[Aim, ...]

    @property
    def met(self) -> dict[str, bool]:
        return {aim.figure: aim.is_met(self.figures[aim.figure]) for aim in self.aims}

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "figures": {name: round(value, 4) for name, value in self.figures.items()},
            "aims": {aim.figure: aim.rule for aim in self.aims},
            "met": self.met,
        }


@dataclass(frozen=True)
class Turn:
    """One bench's turn among others; without a report it broke. `laid` are seconds of its own."""

    name: str
    report: Report | None
    seconds: float
    laid: float


def write(report: Report, draw: Callable[[Figure], None], directory: Path) -> Path:
    """Write `<name>.json` and `<name>.png`; return the directory's path of the first."""
    path = directory / f"{report.name}.json"
    replace_file(path, json.dumps(report.as_json(), indent=1) + "\n")
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    draw(figure)
    figure.savefig(path.with_suffix(".png"), dpi=120)
    return path


def show(report: Report, screen: Console) -> None:
    """Print figures and aims; a missed aim is said, and is not an error: this is a measurement."""
    bounds = {aim.figure: aim for aim in report.aims}
    table = Table("figure", "measured", "aim", "", title=report.name, title_justify="left")
    table.columns[1].justify = "right"
    for name, value in report.figures.items():
        aim = bounds.get(name)
        verdict = "" if aim is None else "met" if aim.is_met(value) else "missed"
        table.add_row(name, _in_words(value), aim.in_words if aim else "", verdict)
    screen.print(table)
    for name, met in report.met.items():
        if not met:
            value = _in_words(report.figures[name])
            screen.print(f"missed: {name} is {value}, the aim {bounds[name].in_words}")


def show_all(turns: Sequence[Turn], screen: Console) -> None:
    """Print each aim of several benches, whether it was met, and how long the benches took."""
    table = Table(
        "bench", "figure", "measured", "aim", "", "seconds", "laying", title="all benches"
    )
    for column in (2, 5, 6):
        table.columns[column].justify = "right"
    for turn in turns:
        took = f"{turn.seconds:.0f}", f"{turn.laid:.0f}"
        if turn.report is None:
            table.add_row(turn.name, "", "", "", "broke", *took)
            continue
        for number, aim in enumerate(turn.report.aims):
            value = turn.report.figures[aim.figure]
            verdict = "met" if aim.is_met(value) else "missed"
            named, spent = ("", ()) if number else (turn.name, took)
            table.add_row(named, aim.figure, _in_words(value), aim.in_words, verdict, *spent)
    table.add_section()
    all_seconds, all_laid = sum(turn.seconds for turn in turns), sum(turn.laid for turn in turns)
    table.add_row("all", "", "", "", "", f"{all_seconds:.0f}", f"{all_laid:.0f}")
    screen.print(table)


def _in_words(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
