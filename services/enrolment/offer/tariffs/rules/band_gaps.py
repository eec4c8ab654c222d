"""
Gaps and overlaps between bands of quotients, row by row, for the form that shows them.

Pure. A band goes from its lower limit, included, up to its upper limit, which is the next band's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GAP, OVERLAP, EMPTY = "gap", "overlap", "empty"
NOT_FROM_ZERO, ENDS, GOES_ON = "not_from_zero", "ends", "goes_on"

FROM, TO = "from", "to"


@dataclass(frozen=True)
class Band:
    """Limits in cents a month; `to` is None where there is no end."""

    start: int
    end: int | None


@dataclass(frozen=True)
class Mistake:
    """A mistake at a row and a limit; `other` is the limit that it should meet."""

    row: int
    limit: str
    kind: str
    other: int | None = None


def band_mistakes(bands: Sequence[Band]) -> list[Mistake]:
    """Return what keeps these bands from covering every quotient once, in the order of rows."""
    return [mistake for at in range(len(bands)) for mistake in _mistakes_of_row(bands, at)]


def _mistakes_of_row(bands: Sequence[Band], at: int) -> Iterator[Mistake]:
    band, before = bands[at], bands[at - 1] if at else None
    if before is None and band.start:
        yield Mistake(at, FROM, NOT_FROM_ZERO, 0)
    if before is not None and before.end is not None and before.end != band.start:
        yield Mistake(at, FROM, GAP if before.end < band.start else OVERLAP, before.end)
    if band.end is not None and band.end <= band.start:
        yield Mistake(at, TO, EMPTY, band.start)
    is_last = at == len(bands) - 1
    if is_last and band.end is not None:
        yield Mistake(at, TO, ENDS)
    if not is_last and band.end is None:
        yield Mistake(at, TO, GOES_ON, bands[at + 1].start)
