"""
The plot of a period's children: bars of who came, who did not, who was excused, by part.

Pure: numbers become rectangles in the units of the drawing; the template colours them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.enrolment.desk.page_parts.charts import Bar, round_step
from services.enrolment.figures.rules.attendance import Sums

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 12, 34
SERIES = ("came", "missing", "excused")
GAP = 0.24
"""The part of a month's width that stays empty between two months."""
MOST_NAMES = 16
"""Names below the bars that can be read; of more parts every second or third has one."""


@dataclass(frozen=True)
class Line:
    """A line across with its number."""

    at: float
    count: int


@dataclass(frozen=True)
class PartName:
    """The name of a part below its bars."""

    at: float
    part: str


@dataclass(frozen=True)
class Plot:
    """All that is drawn, the earliest part first."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    names: Sequence[PartName]
    width: int = WIDTH
    height: int = HEIGHT


def counts_of(sums: Sums) -> dict[str, int]:
    """Return what is drawn of sums."""
    missing = sums.absent + sums.cancelled_late
    return {"came": sums.came, "missing": missing, "excused": sums.excused}


def plot_of(parts: Mapping[str, Sums]) -> Plot | None:
    """Draw the parts of a period in order; None if nobody is in any."""
    counts = {part: counts_of(sums) for part, sums in sorted(parts.items())}
    most = max((each for count in counts.values() for each in count.values()), default=0)
    if most <= 0:
        return None
    step = round_step(most)
    top = -(-most // step) * step
    slot = (WIDTH - LEFT - RIGHT) / len(counts)
    bars = [
        _bar(at, nth, slot, count[series] / top)
        for at, count in enumerate(counts.values())
        for nth, series in enumerate(SERIES)
    ]
    named = -(-len(counts) // MOST_NAMES)
    return Plot(
        bars,
        [Line(_y(count / top), count) for count in range(0, top + 1, step)],
        [
            PartName(LEFT + slot * (at + 0.5), part)
            for at, part in enumerate(counts)
            if at % named == 0
        ],
    )


def _bar(at: int, nth: int, slot: float, share: float) -> Bar:
    width = slot * (1 - GAP) / len(SERIES)
    x = LEFT + slot * (at + GAP / 2) + width * nth
    y = _y(share)
    drawn = max(width - 1, 1)
    return Bar(SERIES[nth], round(x, 1), y, round(drawn, 1), round(HEIGHT - BOTTOM - y, 1))


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)
