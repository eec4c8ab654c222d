"""
The plot of a campaign's days: one bar a day, who goes on below, who does not above.

Pure: counts become rectangles in the units of the drawing; the template colours them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.enrolment.desk.page_parts.charts import Bar, round_step

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 34
CONFIRMED, DECLINED = "confirmed", "declined"
GAP = 0.2
"""The part of a day's width that stays empty between two days."""
MOST_NAMES = 8
"""Most days that are named below the drawing."""

CountsByDay = Mapping[date, tuple[int, int]]
"""By day how many confirmed and how many declined."""


@dataclass(frozen=True)
class Line:
    """A line across with its count."""

    at: float
    count: int


@dataclass(frozen=True)
class Name:
    """A day's name below its bar."""

    at: float
    day: date


@dataclass(frozen=True)
class Plot:
    """All that is drawn, the first day first."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    names: Sequence[Name]
    width: int = WIDTH
    height: int = HEIGHT


def plot_of(counts_by_day: CountsByDay, first: date, last: date) -> Plot | None:
    """Draw the days of a campaign, days without an answer too; None without any answer."""
    days = [first + timedelta(days=at) for at in range((max(last, first) - first).days + 1)]
    counts = {day: counts_by_day[day] for day in days if day in counts_by_day}
    most = max((sum(both) for both in counts.values()), default=0)
    if most == 0:
        return None
    step = round_step(most)
    top = -(-most // step) * step
    slot = (WIDTH - LEFT - RIGHT) / len(days)
    bars = [
        bar
        for at, day in enumerate(days)
        if day in counts
        for bar in _stacked_bars(LEFT + slot * (at + GAP / 2), slot * (1 - GAP), counts[day], top)
    ]
    lines = [Line(_y(count, top), count) for count in range(0, top + 1, step)]
    every = -(-len(days) // MOST_NAMES)
    names = [
        Name(round(LEFT + slot * (at + 0.5), 1), day)
        for at, day in enumerate(days)
        if at % every == 0
    ]
    return Plot(bars, lines, names)


def _stacked_bars(x: float, width: float, both: tuple[int, int], top: int) -> list[Bar]:
    confirmed, declined = both
    middle, above = _y(confirmed, top), _y(confirmed + declined, top)
    bars = [
        Bar(CONFIRMED, round(x, 1), middle, round(width, 1), round(_y(0, top) - middle, 1)),
        Bar(DECLINED, round(x, 1), above, round(width, 1), round(middle - above, 1)),
    ]
    return [bar for bar in bars if bar.height > 0]


def _y(count: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / top, 1)
