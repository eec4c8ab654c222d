"""Simulated prices: one unit of each price for a child on a day, before anything is counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.billing.pricing.rules.grid_structure import Surcharge
from services.billing.pricing.rules.inputs_and_lines import Payer, Quotient
from services.billing.pricing.rules.payer_situation import Situation, Situations
from services.billing.pricing.rules.residence_classes import Residences
from services.billing.pricing.rules.sibling_ranks import Children
from services.billing.pricing.rules.tariff import HOUSEHOLD, Tariff
from services.billing.pricing.rules.unit_prices import (
    NO_PRICE,
    Prices,
    UnitPrice,
    unit_prices_of_grid,
)
from shared.contracts.billing.bills import Reason


@dataclass(frozen=True, slots=True)
class SimulatedPart:
    """A part of a price with its reason, {"code", "params"}."""

    label: str
    cents: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Simulated:
    """One unit of one tariff; `surcharges` are what may come on top, or in place of it."""

    tariff: Tariff
    total_cents: int
    parts: tuple[SimulatedPart, ...]
    surcharges: tuple[Surcharge, ...]


def simulate_prices_of_household(
    tariffs: Sequence[Tariff],
    payer: Payer,
    child_id: str,
    residences: Residences,
    day: date,
    variant: str = "",
    quotient_cents: int | None = None,
    siblings: Collection[str] = (),
) -> tuple[Simulated, ...]:
    """
    Return what a unit of each tariff would cost on a day; a tariff without a price is left out.

    `quotient_cents` replaces the payer's quotients. `siblings` are the children who come too:
    without them the child is the first, which promises no reduction.
    """
    if quotient_cents is not None:
        payer = replace(payer, quotients=(Quotient(quotient_cents, "", date.min, None),))
    situation = Situations(payer, residences).situation_on(day)
    rank = Children(payer).ranks({child_id, *siblings})[child_id]
    return simulate_prices_in_situation(tariffs, situation, rank, day, variant)


def simulate_prices_in_situation(
    tariffs: Sequence[Tariff], situation: Situation, rank: int, day: date, variant: str = ""
) -> tuple[Simulated, ...]:
    """Return what a unit of each tariff would cost the child of that rank in this situation."""
    priced = (
        (
            tariff,
            unit_prices_of_grid(
                tariff, tariff.grid_on(day), situation, _rank_for_tariff(tariff, rank), variant
            ),
        )
        for tariff in tariffs
    )
    return tuple(
        _simulated_tariff(tariff, prices) for tariff, prices in priced if _has_price(prices)
    )


def _rank_for_tariff(tariff: Tariff, rank: int) -> int:
    return 1 if tariff.per == HOUSEHOLD else rank


def _has_price(prices: Prices) -> bool:
    return all(price.code != NO_PRICE for price in prices.parts)


def _simulated_tariff(tariff: Tariff, prices: Prices) -> Simulated:
    return Simulated(
        tariff=tariff,
        total_cents=sum(price.cents for price in prices.parts),
        parts=tuple(_simulated_part(price) for price in prices.parts),
        surcharges=tuple(surcharge for surcharge, _ in prices.surcharges),
    )


def _simulated_part(price: UnitPrice) -> SimulatedPart:
    reason: Reason = {"code": price.code, "params": dict(price.params)}
    return SimulatedPart(price.part, price.cents, reason)
