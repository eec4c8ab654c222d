"""
A household's year at the prices of another grid, and the sums of many by band. Pure.

What was billed is never computed anew: the grid changes it by what it changes of the reckoning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.billing.bills.rules.draft import IssuedLine, is_unpriced
from services.billing.pricing.rules.grid_structure import Column, Grid
from services.billing.pricing.rules.inputs_and_lines import Line, Payer, Place, Quantity
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.payer_situation import quotient_on
from services.billing.pricing.rules.residence_classes import Residences
from services.billing.pricing.rules.tariff import Tariff
from shared.contracts.billing.prices.grid_replays import ReplayedBand
from shared.dates.months import last_of

Counts = tuple[Sequence[Quantity], Sequence[Place]]
Limits = tuple[int | None, int | None]
UNKNOWN: Limits = (None, None)
EVERYBODY: Limits = (0, None)


@dataclass(frozen=True)
class Prices:
    """A tariff as it is, the same with another grid on every day that has one, and residences."""

    present: Tariff
    replayed: Tariff
    residences: Residences


@dataclass(frozen=True)
class Year:
    """Amounts of a household by a tariff: as billed, and as either grid reckons them."""

    limits: Limits
    issued_cents: int
    reckoned_cents: int
    replayed_cents: int
    unpriced: int

    @property
    def new_cents(self) -> int:
        """Return the bill of the year by the grid, with what was credited or waits as it is."""
        return self.issued_cents + self.replayed_cents - self.reckoned_cents


def tariff_with_grid(tariff: Tariff, content: Tariff) -> Tariff:
    """
    Return a tariff with the one grid of another, on all days on which it has a price.

    Where nothing had a price nothing gets one: these days would be new revenue of no decision.
    """
    (grid,) = content.grids
    days = (replace(grid, valid_from=of.valid_from, valid_to=of.valid_to) for of in tariff.grids)
    return replace(content, grids=tuple(days))


def year_of_household(
    payer: Payer,
    months: Mapping[str, Counts],
    billed: Mapping[str, Sequence[IssuedLine]],
    prices: Prices,
) -> Year | None:
    """Return a household's year; None where it had nothing of the tariff."""
    found = [
        each
        for month, counts in sorted(months.items())
        if (each := _sums_of_month(month, payer, counts, billed.get(month, ()), prices))
    ]
    if not found:
        return None
    return Year(
        _band_limits_of_payer(payer, last_of(found[-1].month), prices),
        sum(each.issued_cents for each in found),
        sum(each.reckoned_cents for each in found),
        sum(each.replayed_cents for each in found),
        sum(each.unpriced for each in found),
    )


@dataclass(frozen=True)
class _Month:
    month: str
    issued_cents: int
    reckoned_cents: int
    replayed_cents: int
    unpriced: int


def _sums_of_month(
    month: str, payer: Payer, counts: Counts, billed: Sequence[IssuedLine], prices: Prices
) -> _Month | None:
    """
    Return a month that was billed, or that cost nothing; None of what waits for its first bill.

    Who pays nothing gets no bill, and may pay by another grid.
    """
    own = [line for line in billed if line.tariff == prices.present.code]
    present, replayed = (
        _lines_of_month_by_tariff(month, payer, counts, tariff, prices.residences)
        for tariff in (prices.present, prices.replayed)
    )
    if not (own or present or replayed) or (not billed and _sum_of_lines(present)):
        return None
    unpriced = _count_unpriced(replayed) - _count_unpriced(present)
    return _Month(
        month, _sum_of_lines(own), _sum_of_lines(present), _sum_of_lines(replayed), max(0, unpriced)
    )


def _lines_of_month_by_tariff(
    month: str, payer: Payer, counts: Counts, tariff: Tariff, residences: Residences
) -> Sequence[Line]:
    quantities = [each for each in counts[0] if each.activity == tariff.activity]
    places = [each for each in counts[1] if each.activity == tariff.activity]
    return lines_of_month(month, payer, quantities, places, [tariff], residences)


def _sum_of_lines(lines: Iterable[Line]) -> int:
    return sum(line.cents for line in lines)


def _count_unpriced(lines: Iterable[Line]) -> int:
    return sum(is_unpriced(line) for line in lines)


def bands_with_years_added(
    bands: Iterable[ReplayedBand], years: Iterable[Year]
) -> list[ReplayedBand]:
    """Return the sums of bands with some years more, in the order of quotients, unknown last."""
    sums = {(band["from_cents"], band["to_cents"]): band.copy() for band in bands}
    for year in years:
        band = sums.setdefault(year.limits, _empty_band(year.limits))
        change = year.new_cents - year.issued_cents
        band["more"] += change > 0
        band["less"] += change < 0
        band["same"] += change == 0
        band["old_cents"] += year.issued_cents
        band["new_cents"] += year.new_cents
    return [sums[limits] for limits in sorted(sums, key=_sort_key_of_band)]


def _sort_key_of_band(limits: Limits) -> tuple[bool, int]:
    start, _end = limits
    return start is None, start or 0


def _empty_band(limits: Limits) -> ReplayedBand:
    start, end = limits
    return {
        "from_cents": start,
        "to_cents": end,
        "more": 0,
        "less": 0,
        "same": 0,
        "old_cents": 0,
        "new_cents": 0,
    }


def _band_limits_of_payer(payer: Payer, day: date, prices: Prices) -> Limits:
    """Return the band of a payer's quotient: the grid's own, the present one's if it has none."""
    quotient = quotient_on(payer.quotients, day)
    if quotient is None:
        return UNKNOWN
    grids = (*prices.replayed.grids[:1], *prices.present.grids)
    column = next(_columns_of_several_bands(grids), None)
    if column is None:
        return EVERYBODY
    band = column.band_of(quotient.cents)
    return band.from_cents, band.to_cents


def _columns_of_several_bands(grids: Iterable[Grid]) -> Iterator[Column]:
    return (
        column
        for grid in grids
        for part in grid.parts
        for column in part.columns.values()
        if len(column.bands) > 1
    )
