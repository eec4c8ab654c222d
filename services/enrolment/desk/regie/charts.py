"""
The plot of a régie's months: bars of the sums billed, credited and collected.

Pure: amounts in cents become rectangles in the units of the drawing; the template colours them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.enrolment.desk.page_parts.charts import Bar, round_step
from shared.contracts.billing.regie.payers import BilledMonth

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 84, 8, 12, 34
SERIES = ("billed", "credited", "paid")
GAP = 0.24
"""The part of a month's width that stays empty between two months."""


@dataclass(frozen=True)
class Mark:
    """A line across with its amount, or a month's name below its bars."""

    at: float
    cents: int = 0
    month: str = ""


@dataclass(frozen=True)
class Plot:
    """All that is drawn, oldest month first."""

    bars: Sequence[Bar]
    lines: Sequence[Mark]
    months: Sequence[Mark]
    width: int = WIDTH
    height: int = HEIGHT


def plot_of(months: Sequence[BilledMonth]) -> Plot | None:
    """Draw months; None if no month has an amount."""
    months = sorted(months, key=lambda month: month["month"])
    most = max((_drawn_cents(month, series) for month in months for series in SERIES), default=0)
    if most <= 0:
        return None
    step = round_step(most)
    top = -(-most // step) * step
    slot = (WIDTH - LEFT - RIGHT) / len(months)
    bars = [
        _bar(at, nth, slot, _drawn_cents(month, series), top)
        for at, month in enumerate(months)
        for nth, series in enumerate(SERIES)
    ]
    lines = [Mark(_y(cents, top), cents=cents) for cents in range(0, top + 1, step)]
    names = [
        Mark(LEFT + slot * (at + 0.5), month=month["month"]) for at, month in enumerate(months)
    ]
    return Plot(bars, lines, names)


def _drawn_cents(month: BilledMonth, series: str) -> int:
    """Return the amount as drawn: a month that gave back more than it got is nothing."""
    billed, credited, paid = month["billed_cents"], month["credited_cents"], month["paid_cents"]
    return max(0, dict(zip(SERIES, (billed, credited, paid), strict=True))[series])


def _bar(at: int, nth: int, slot: float, cents: int, top: int) -> Bar:
    width = slot * (1 - GAP) / len(SERIES)
    x = LEFT + slot * (at + GAP / 2) + width * nth
    y = _y(cents, top)
    return Bar(SERIES[nth], round(x, 1), y, round(width - 1, 1), round(HEIGHT - BOTTOM - y, 1))


def _y(cents: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * cents / top, 1)
