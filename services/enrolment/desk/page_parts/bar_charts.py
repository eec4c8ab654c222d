"""
Bar charts of the desk: amounts by column, side by side or on each other.

Pure: amounts become rectangles in the units of the drawing; the template colours them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K")

WIDTH, RIGHT, TOP, BOTTOM = 960, 8, 12, 34


@dataclass(frozen=True)
class Layout:
    """The kind of a chart: its series from left to right, or from below, and its measures."""

    series: tuple[str, ...]
    left: int
    """The room for the words of the scale."""
    height: int = 260
    stacked: bool = False
    gap: float = 0.24
    """The part of a column's width that stays empty between two columns."""
    most_names: int = 16
    """Names below the columns that can be read; of more columns every second or third has one."""

    def column_width(self, columns: int) -> float:
        """Return the width of one of so many columns, its gap included."""
        return (WIDTH - self.left - RIGHT) / columns

    def bottom(self) -> float:
        """Return where nothing is drawn."""
        return self.height - BOTTOM

    def y(self, share: float) -> float:
        """Return the height at which a share of the whole scale is drawn."""
        return round(self.bottom() - (self.bottom() - TOP) * share, 1)


@dataclass(frozen=True)
class Bar:
    """One amount as a rectangle, in the units of the drawing; `series` is its colour's name."""

    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Words:
    """Words of the drawing: of a line across at a height, or of a column at its middle."""

    at: float
    text: str


@dataclass(frozen=True)
class Plot:
    """All that is drawn, the columns in their order."""

    layout: Layout
    bars: Sequence[Bar]
    lines: Sequence[Words]
    names: Sequence[Words]
    width: int = WIDTH


def make_plot_of_columns(
    amounts: Mapping[K, Sequence[int]],
    layout: Layout,
    amount_in_words: Callable[[int], str],
    name_of: Callable[[K], str],
) -> Plot | None:
    """
    Draw the amounts of each column, one for each series of the layout, in the mapping's order.

    A negative amount is drawn as nothing. Return None if there is nothing to draw.
    """
    columns = [[max(0, amount) for amount in column] for column in amounts.values()]
    heights = [sum(column) if layout.stacked else max(column) for column in columns]
    most = max(heights, default=0)
    if most <= 0:
        return None
    step = round_step(most)
    top = -(-most // step) * step
    width = layout.column_width(len(columns))
    named = -(-len(columns) // layout.most_names)
    return Plot(
        layout,
        [bar for at, column in enumerate(columns) for bar in _bars(layout, width, at, column, top)],
        [Words(layout.y(line / top), amount_in_words(line)) for line in range(0, top + 1, step)],
        [
            Words(round(layout.left + width * (at + 0.5), 1), name_of(key))
            for at, key in enumerate(amounts)
            if at % named == 0
        ],
    )


def round_step(most: int) -> int:
    """Return a round amount that divides the height into two to five parts."""
    step = 10 ** (len(str(most)) - 1)
    while most < 2 * step and step >= 2:
        step //= 2
    return step if most // step < 5 else step * 2


def _bars(layout: Layout, width: float, at: int, column: Sequence[int], top: int) -> Iterator[Bar]:
    """Yield the bars of a column that have a height."""
    left, drawn = layout.left + width * (at + layout.gap / 2), width * (1 - layout.gap)
    beside = 0.0 if layout.stacked else drawn / len(layout.series)
    below = 0
    for nth, (series, amount) in enumerate(zip(layout.series, column, strict=True)):
        y, foot = layout.y((below + amount) / top), layout.y(below / top)
        if foot > y:
            one = max(beside - 1, 1) if beside else drawn
            yield Bar(series, round(left + beside * nth, 1), y, round(one, 1), round(foot - y, 1))
        below += amount if layout.stacked else 0
