"""Changes by a replayed grid, by band, in which no person is found. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.enrolment.figures.rules.suppression import hidden_amounts, table_with_hidden_as_none
from shared.contracts.billing.prices.grid_replays import ReplayedBand


@dataclass(frozen=True)
class Households:
    """Households by what they would pay; a number is None where it is hidden."""

    more: int | None
    less: int | None
    same: int | None
    all: int | None


@dataclass(frozen=True)
class BandLine:
    """One band of quotients with its households, and what they were billed and would be."""

    from_cents: int | None
    to_cents: int | None
    households: Households
    old_cents: int | None
    new_cents: int | None


def shown_bands(bands: Sequence[ReplayedBand]) -> tuple[list[BandLine], Households | None]:
    """Return the bands as they are shown, and the sums of households; None where nobody is."""
    counts = [[band["more"], band["less"], band["same"]] for band in bands]
    if not counts:
        return [], None
    *rows, total = (Households(*row) for row in table_with_hidden_as_none(counts))
    # What covers has to be something both before and after: each of the two sums may be known.
    amounts = [band["old_cents"] and band["new_cents"] for band in bands]
    hidden = hidden_amounts([sum(row) for row in counts], amounts)
    lines = [
        BandLine(
            band["from_cents"],
            band["to_cents"],
            row,
            None if at in hidden else band["old_cents"],
            None if at in hidden else band["new_cents"],
        )
        for at, (band, row) in enumerate(zip(bands, rows, strict=True))
    ]
    return lines, total
