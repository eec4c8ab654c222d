"""Units of each price in one quantity: minutes as units, outcomes as surcharges."""

from services.billing.pricing.rules.grid_structure import LATE_PICKUP, Surcharge
from services.billing.pricing.rules.inputs_and_lines import Quantity
from services.billing.pricing.rules.tariff import Tariff
from services.billing.pricing.rules.unit_prices import Prices, UnitPrice

PRESENT, UNEXPECTED = "present", "unexpected"
"""Outcomes, as shared/contracts/enrolment/attendance.py has them."""

Counted = tuple[UnitPrice, str, int]
"""A price, the outcome that its line shows, how many units."""


def units_used(tariff: Tariff, quantity: Quantity) -> int:
    """
    Return how many units of the price were used, 0 for a stay within the free minutes.

    Who left without anybody noting when stayed as planned; where that is not known either, it is
    one unit: something was used, and the least of it is what can be said.
    """
    if tariff.duration is None:
        return quantity.quantity
    minutes = quantity.minutes
    if minutes is None:
        minutes = quantity.planned_minutes or tariff.duration.free_minutes + 1
    return quantity.quantity * tariff.duration.units_of_stay(minutes)


def count_quantity(tariff: Tariff, quantity: Quantity, prices: Prices) -> list[Counted]:
    """
    Return what a quantity counts: the parts, or the first surcharge that replaces them.

    Surcharges count once for each time that the child came, whatever the minutes.
    """
    if not prices.surcharges:
        return count_parts(tariff, quantity, prices)
    due = [pair for pair in prices.surcharges if surcharge_applies(pair[0], quantity)]
    replacing = next((price for surcharge, price in due if surcharge.replaces_price), None)
    extras = [
        (price, quantity.outcome, quantity.quantity)
        for surcharge, price in due
        if not surcharge.replaces_price
    ]
    if replacing is not None:
        return [(replacing, quantity.outcome, quantity.quantity), *extras]
    return count_parts(tariff, quantity, prices) + extras


def count_parts(tariff: Tariff, quantity: Quantity, prices: Prices) -> list[Counted]:
    """Return what a quantity counts of the parts; nothing for a stay within the free minutes."""
    units = units_used(tariff, quantity)
    shown = PRESENT if quantity.outcome == UNEXPECTED else quantity.outcome
    return [(price, shown, units) for price in prices.parts] if units else []


def surcharge_applies(surcharge: Surcharge, quantity: Quantity) -> bool:
    """Say whether a surcharge applies: by its outcome, or a stay longer than tolerated."""
    if surcharge.when != LATE_PICKUP:
        return surcharge.when == quantity.outcome
    if quantity.minutes is None or not quantity.planned_minutes:
        return False
    return quantity.minutes > quantity.planned_minutes + surcharge.tolerance_minutes
