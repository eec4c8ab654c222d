"""
A grid as pricing reads it: parts, whose columns and bands hold every price once.

Amounts are integer cents, quotients cents a month, rates parts per million.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.json_values import JsonMapping

EFFORT, OTHER, REPLACE, LATE_PICKUP = "effort", "other", "replace", "late_pickup"
WHOLE, MONTHS, HALF_MONTHS, WEEKS = "whole", "months", "half_months", "weeks"
"""Codes as shared/contracts/enrolment/tariffs.py has them."""


@dataclass(frozen=True, slots=True)
class Price:
    """A flat amount, or for effort `rate_ppm` of the quotient between a floor and a ceiling."""

    kind: str
    cents: int
    rate_ppm: int
    floor_cents: int
    ceiling_cents: int

    @property
    def is_effort(self) -> bool:
        return self.kind == EFFORT

    @property
    def most_cents(self) -> int:
        """The most that it can be, whatever the quotient."""
        return self.ceiling_cents if self.is_effort else self.cents


@dataclass(frozen=True, slots=True)
class Band:
    """Quotients from `from_cents` up to, and without, `to_cents`; `by_rank` from the second on."""

    from_cents: int
    to_cents: int | None
    label: str
    price: Price
    by_rank: tuple[Price, ...]

    def price_of_rank(self, rank: int) -> Price:
        """Return the price of the child of that rank; the last one holds for all that follow."""
        if rank == 1 or not self.by_rank:
            return self.price
        return self.by_rank[min(rank - 2, len(self.by_rank) - 1)]


@dataclass(frozen=True, slots=True)
class Column:
    """
    The bands of some residence classes, for one variant, in order from a quotient of 0.

    `asks_quotient`: the price depends on it. `most_cents` is the highest price in the
    column, whatever the quotient and the rank.
    """

    residences: tuple[str, ...]
    variant: str
    bands: tuple[Band, ...]
    starts: tuple[int, ...]
    asks_quotient: bool
    most_cents: int

    def band_of(self, quotient_cents: int) -> Band:
        """Return the band that holds a quotient: a limit belongs to the band that it begins."""
        return self.bands[bisect_right(self.starts, quotient_cents) - 1]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the price with a line of its own: food, supervision. Columns by who asks."""

    label: str
    tax: str
    budget: str
    columns: Mapping[tuple[str, str], Column]
    sibling_percent: tuple[int, ...]

    def column_of(self, residence: str, variant: str) -> Column | None:
        """Return the column of a residence class; a variant without one costs what is usual."""
        return self.columns.get((residence, variant)) or self.columns.get((residence, ""))

    def percent_less(self, rank: int) -> int:
        """Return what the child of that rank has less, in percent."""
        if rank == 1 or not self.sibling_percent:
            return 0
        return self.sibling_percent[min(rank - 2, len(self.sibling_percent) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Surcharge:
    """
    Amount that an outcome adds to a price or replaces it with; `residences` empty: all classes.
    """

    label: str
    when: str
    effect: str
    cents: int
    tax: str
    budget: str
    residences: tuple[str, ...]
    tolerance_minutes: int

    @property
    def replaces_price(self) -> bool:
        return self.effect == REPLACE


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """
    The prices from a day on, up to a day (included) or until further notice.

    `proration`: what is due of a period of which a place has but a part.
    """

    valid_from: date
    valid_to: date | None
    decision: str
    proration: str
    parts: tuple[Part, ...]
    surcharges: tuple[Surcharge, ...]


def parse_grid(content: JsonMapping) -> Grid:
    """Read a grid from the content that the contract accepted, dates as ISO text."""
    ends = content.get("valid_to")
    return Grid(
        valid_from=date.fromisoformat(content["valid_from"]),
        valid_to=date.fromisoformat(ends) if ends else None,
        decision=content["decision"],
        proration=content.get("proration", WHOLE),
        parts=tuple(_parse_part(part) for part in content["parts"]),
        surcharges=tuple(
            _parse_surcharge(surcharge) for surcharge in content.get("surcharges", ())
        ),
    )


def _parse_part(content: JsonMapping) -> Part:
    columns = [_parse_column(column) for column in content["columns"]]
    return Part(
        label=content["label"],
        tax=content["tax"],
        budget=content.get("budget", ""),
        columns={
            (residence, column.variant): column
            for column in columns
            for residence in column.residences
        },
        sibling_percent=tuple(content.get("sibling_percent", ())),
    )


def _parse_column(content: JsonMapping) -> Column:
    bands = tuple(_parse_band(band) for band in content["bands"])
    prices = [price for band in bands for price in (band.price, *band.by_rank)]
    return Column(
        residences=tuple(content["residences"]),
        variant=content.get("variant", ""),
        bands=bands,
        starts=tuple(band.from_cents for band in bands),
        asks_quotient=len(bands) > 1 or any(price.is_effort for price in prices),
        most_cents=max(price.most_cents for price in prices),
    )


def _parse_band(content: JsonMapping) -> Band:
    return Band(
        from_cents=content["from_cents"],
        to_cents=content["to_cents"],
        label=content.get("label", ""),
        price=_parse_price(content["price"]),
        by_rank=tuple(_parse_price(row) for row in content.get("by_rank", ())),
    )


def _parse_price(content: JsonMapping) -> Price:
    names = ("cents", "rate_ppm", "floor_cents", "ceiling_cents")
    return Price(content["kind"], *(content.get(name, 0) for name in names))


def _parse_surcharge(content: JsonMapping) -> Surcharge:
    return Surcharge(
        label=content["label"],
        when=content["when"],
        effect=content["effect"],
        cents=content["cents"],
        tax=content.get("tax", OTHER),
        budget=content.get("budget", ""),
        residences=tuple(content.get("residences", ())),
        tolerance_minutes=content.get("tolerance_minutes", 0),
    )
