"""
Price of one unit, part by part, with its reason: column by residence and variant, band by quotient.

Each unit price is rounded once, half up, after siblings' percentages, and where parts of a period
are due once more, so that all its parts add up to it. Where no quotient is known
for the day it is the highest price of the column, until there is one.
"""

from dataclasses import dataclass, replace

from services.billing.pricing.rules.grid_structure import (
    OTHER,
    Band,
    Column,
    Grid,
    Part,
    Price,
    Surcharge,
)
from services.billing.pricing.rules.inputs_and_lines import Quotient, divide_half_up
from services.billing.pricing.rules.payer_situation import Situation
from services.billing.pricing.rules.periodic_units import PartsDue
from services.billing.pricing.rules.tariff import Tariff
from shared.json_values import JsonMapping, JsonObject

FLAT, BAND, MAXIMUM, NO_PRICE, SURCHARGE = "flat", "band", "maximum", "no_price", "surcharge"
EFFORT, FLOOR, CEILING = "effort", "effort_floor", "effort_ceiling"
REASONS = (FLAT, BAND, EFFORT, FLOOR, CEILING, MAXIMUM, SURCHARGE, NO_PRICE)
"""Reasons for a price, as shared/contracts/billing/bills.py has them."""

MILLION = 1_000_000
AFTER_PARTS = 100
"""The place of the first surcharge in the order of a bill's lines."""

Found = tuple[int, int, str, JsonObject]
"""An amount and what it is to be divided by for cents, and why."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitPrice:
    """Price of one unit of a part or surcharge; `position` orders a bill's lines."""

    position: int
    part: str
    cents: int
    tax: str
    budget: str
    code: str
    params: JsonMapping

    @property
    def money(self) -> tuple[object, ...]:
        """Return what two prices share that differ in their reason alone."""
        return self.position, self.part, self.cents, self.tax, self.budget

    @property
    def reason_as_text(self) -> str:
        """Return the reason as text, to distinguish two of one amount."""
        return f"{self.code} {self.params}"

    def __lt__(self, other: "UnitPrice") -> bool:
        return self.reason_as_text < other.reason_as_text

    def of_parts(self, due: PartsDue) -> "UnitPrice":
        """Return the price of the parts of a period that are due; of all of them this one."""
        if due.are_all or self.code == NO_PRICE:
            return self
        params = {
            "proration": due.proration,
            "parts_due": len(due.numbers),
            "parts": due.count,
            "whole_cents": self.cents,
        }
        return replace(self, cents=due.cents_due(self.cents), params={**self.params, **params})

    def known_instance(self, known: "Known") -> "UnitPrice":
        """Return the known instance that is the same, or this one, now known."""
        return known.setdefault((*self.money, self.reason_as_text), self)


Known = dict[tuple[object, ...], UnitPrice]


@dataclass(frozen=True, slots=True)
class Prices:
    """All that may become a line of one unit: its parts, and surcharges with what they are for."""

    parts: tuple[UnitPrice, ...]
    surcharges: tuple[tuple[Surcharge, UnitPrice], ...] = ()

    def with_known_instances(self, known: Known) -> "Prices":
        """Return these prices with each replaced by the known instance that is the same."""
        surcharges = (
            (surcharge, price.known_instance(known)) for surcharge, price in self.surcharges
        )
        return Prices(tuple(price.known_instance(known) for price in self.parts), tuple(surcharges))


UNKNOWN = Prices((UnitPrice(0, "Prix", 0, OTHER, "", NO_PRICE, {}),))
"""No grid holds on that day: a line without an amount says so, since nothing may be forgotten."""


def unit_prices_of_grid(
    tariff: Tariff, grid: Grid | None, situation: Situation, rank: int, variant: str
) -> Prices:
    """Return the unit prices of a grid for a payer's situation and a child's rank."""
    if grid is None:
        return UNKNOWN
    shown = _common_params(tariff, grid, situation)
    parts = (
        _price_of_part(at, part, situation, rank, variant, shown)
        for at, part in enumerate(grid.parts)
    )
    return Prices(tuple(parts), _unit_prices_of_surcharges(grid, situation, shown))


def _common_params(tariff: Tariff, grid: Grid, situation: Situation) -> JsonObject:
    """Return parameters of each reason: who voted the price and, if it matters, residence."""
    shown: JsonObject = {"decision": grid.decision}
    if len(tariff.residences) > 1:
        shown["residence"] = situation.residence_label
        if situation.commune:
            shown["commune"] = situation.commune
    return shown


def _price_of_part(
    at: int, part: Part, situation: Situation, rank: int, variant: str, shown: JsonObject
) -> UnitPrice:
    column = part.column_of(situation.residence, variant)
    if column is None:
        return _new_unit_price(at, part, 0, NO_PRICE, shown)
    amount, divisor, code, params = _base_amount(column, situation.quotient, rank)
    less = part.percent_less(rank)
    if less:
        params |= {"rank": rank, "percent": less}
    cents = divide_half_up(amount * (100 - less), divisor * 100)
    return _new_unit_price(at, part, cents, code, shown | params)


def _new_unit_price(at: int, part: Part, cents: int, code: str, params: JsonObject) -> UnitPrice:
    return UnitPrice(at, part.label, cents, part.tax, part.budget, code, params)


def _base_amount(column: Column, quotient: Quotient | None, rank: int) -> Found:
    if quotient is None and column.asks_quotient:
        return column.most_cents, 1, MAXIMUM, {}
    band = column.band_of(quotient.cents if quotient else 0)
    price = band.price_of_rank(rank)
    ranked = {"rank": rank} if rank > 1 and band.by_rank else {}
    if quotient is None or not column.asks_quotient:
        return price.cents, 1, FLAT, ranked
    if price.is_effort:
        amount, code = _effort_amount(price, quotient.cents)
        return amount, MILLION, code, ranked | _quotient_params(quotient) | _rate_params(price)
    return price.cents, 1, BAND, ranked | _quotient_params(quotient) | _band_params(band)


def _effort_amount(price: Price, quotient_cents: int) -> tuple[int, str]:
    """Return the millionths of a cent that a quotient gives, between floor and ceiling."""
    amount = quotient_cents * price.rate_ppm
    if amount < price.floor_cents * MILLION:
        return price.floor_cents * MILLION, FLOOR
    if amount > price.ceiling_cents * MILLION:
        return price.ceiling_cents * MILLION, CEILING
    return amount, EFFORT


def _quotient_params(quotient: Quotient) -> JsonObject:
    params: JsonObject = {"quotient_cents": quotient.cents}
    if quotient.kind:
        params |= {
            "quotient_kind": quotient.kind,
            "quotient_from": quotient.valid_from.isoformat(),
        }
    return params


def _rate_params(price: Price) -> JsonObject:
    return {
        "rate_ppm": price.rate_ppm,
        "floor_cents": price.floor_cents,
        "ceiling_cents": price.ceiling_cents,
    }


def _band_params(band: Band) -> JsonObject:
    return {"band": band.label, "from_cents": band.from_cents, "to_cents": band.to_cents}


def _unit_prices_of_surcharges(
    grid: Grid, situation: Situation, shown: JsonObject
) -> tuple[tuple[Surcharge, UnitPrice], ...]:
    return tuple(
        (surcharge, _unit_price_of_surcharge(AFTER_PARTS + at, surcharge, shown))
        for at, surcharge in enumerate(grid.surcharges)
        if not surcharge.residences or situation.residence in surcharge.residences
    )


def _unit_price_of_surcharge(at: int, surcharge: Surcharge, shown: JsonObject) -> UnitPrice:
    params = shown | {
        "label": surcharge.label,
        "effect": surcharge.effect,
        "cents": surcharge.cents,
    }
    return UnitPrice(
        at, surcharge.label, surcharge.cents, surcharge.tax, surcharge.budget, SURCHARGE, params
    )
