"""What a replayed grid would change, by band: nobody is found in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.enrolment.figures.rules.suppression import covered, shown_of
from shared.contracts.billing.replays import ReplayedBand


@dataclass(frozen=True)
class BandLine:
    """One band, or all; a number is None where it is hidden."""

    from_cents: int | None
    to_cents: int | None
    more: int | None
    less: int | None
    same: int | None
    households: int | None
    old_cents: int | None = None
    new_cents: int | None = None


def shown_bands(bands: Sequence[ReplayedBand]) -> tuple[list[BandLine], BandLine | None]:
    """Return the bands as they are shown, and their sums; None where there are none."""
    counts = [[band["more"], band["less"], band["same"]] for band in bands]
    if not counts:
        return [], None
    *rows, total = shown_of(counts)
    hidden = covered([sum(row) for row in counts])
    lines = [
        BandLine(
            band["from_cents"],
            band["to_cents"],
            *row,
            old_cents=None if at in hidden else band["old_cents"],
            new_cents=None if at in hidden else band["new_cents"],
        )
        for at, (band, row) in enumerate(zip(bands, rows, strict=True))
    ]
    return lines, BandLine(None, None, *total)
