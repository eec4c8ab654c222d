"""
The lines that a payer's month costs: each day at that day's price, days that are alike on one line.

Lines are alike of one child, tariff, part, outcome, unit price, share and reason; what several pay
is on one line whatever the reason, since each rounds its part of the line that the others have.
What an activity without a price counts makes a line too, without an amount: nothing is dropped in
silence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from services.billing.pricing.rules.counted_units import PRESENT, count_quantity
from services.billing.pricing.rules.inputs_and_lines import (
    ALL,
    Line,
    Payer,
    PayerShare,
    Place,
    Quantity,
)
from services.billing.pricing.rules.payer_situation import Situations
from services.billing.pricing.rules.periodic_units import (
    Span,
    dues_of_places,
    span_of_month,
)
from services.billing.pricing.rules.residence_classes import Residences
from services.billing.pricing.rules.sibling_ranks import Children
from services.billing.pricing.rules.tariff import (
    BY_QUANTITY,
    Tariff,
    quantity_tariffs_by_activity,
    tariff_without_price,
)
from services.billing.pricing.rules.unit_prices import Known, Prices, UnitPrice, unit_prices_of_grid


def lines_of_month(
    month: str,
    payer: Payer,
    quantities: Sequence[Quantity],
    places: Sequence[Place],
    tariffs: Sequence[Tariff],
    residences: Residences,
) -> tuple[Line, ...]:
    """
    Return what a payer owes of one month at one provider, in an order that depends on nothing else.

    `quantities` are those of the month; `places` all that the payer ever had
    (pricing/rules/periodic_units.py says why). Children come eldest first, then what the household
    owes as such.
    """
    pricing = _Month(span_of_month(month), payer, residences)
    for tariff, counting in _quantities_by_tariff(quantities, tariffs):
        pricing.count_quantities(tariff, counting)
    for tariff in tariffs:
        if tariff.unit not in BY_QUANTITY:
            pricing.count_places(
                tariff, [place for place in places if place.activity == tariff.activity]
            )
    return pricing.lines_of_counted(month)


def _quantities_by_tariff(
    quantities: Sequence[Quantity], tariffs: Sequence[Tariff]
) -> Iterator[tuple[Tariff, list[Quantity]]]:
    by_activity: dict[str, list[Quantity]] = {}
    for quantity in quantities:
        if quantity.quantity > 0:
            by_activity.setdefault(quantity.activity, []).append(quantity)
    priced = quantity_tariffs_by_activity(tariffs)
    for activity, counting in by_activity.items():
        for tariff in priced.get(activity, [tariff_without_price(activity)]):
            yield tariff, counting


@dataclass(slots=True)
class _Sum:
    """Running sum of a line."""

    tariff: Tariff
    price: UnitPrice
    quantity: int = 0
    days: set[int] = field(default_factory=set)


_Alike = tuple[str | None, Tariff, UnitPrice, str, PayerShare, date]
"""The last is since when payers share so: `date.min` of what one owes alone, and of places."""
Why = tuple[str, Mapping[str, object]]
"""A digest by which a later correction knows the same money again, and the reason of a price."""


class _Month:
    """One payer's month while it is added up; each unit price is found once."""

    def __init__(self, span: Span, payer: Payer, residences: Residences) -> None:
        self._span = span
        self._children = Children(payer)
        self._situations = Situations(payer, residences)
        self._prices: dict[tuple[object, ...], Prices] = {}
        self._found: dict[tuple[Tariff, int], list[Prices]] = {}
        self._sums: dict[_Alike, _Sum] = {}
        self._names: dict[tuple[object, ...], Why] = {}

    def count_quantities(self, tariff: Tariff, quantities: Sequence[Quantity]) -> None:
        """Add the quantities of a tariff's activity; days that are alike count together."""
        ranks = self._ranks_of_children(tariff, (quantity.child_id for quantity in quantities))
        alike: dict[tuple[object, ...], tuple[Quantity, Prices, list[int]]] = {}
        for quantity in quantities:
            prices = self._unit_prices_on(
                tariff, quantity.day, ranks.get(quantity.child_id, 1), quantity.variant
            )
            key = (
                quantity.child_id, id(prices), quantity.outcome, quantity.quantity,
                quantity.minutes, quantity.planned_minutes, quantity.share_bp,
                quantity.share_after_bp, quantity.divided_since,
            )  # fmt: skip
            if key in alike:
                alike[key][2].append(quantity.day.day)
            else:
                alike[key] = quantity, prices, [quantity.day.day]
        for quantity, prices, days in alike.values():
            for price, outcome, units in count_quantity(tariff, quantity, prices):
                share = quantity.share
                since = date.min if share == ALL else quantity.divided_since
                line = (quantity.child_id, tariff, price, outcome, share, since)
                self._add_units(line, days, units * len(days))

    def count_places(self, tariff: Tariff, places: Sequence[Place]) -> None:
        """Add what the places in a tariff's activity make due."""
        running = (place.child_id for place in places if place.is_owed_in(*self._span))
        ranks = self._ranks_of_children(tariff, running)
        for due in dues_of_places(tariff, places, self._span):
            rank = ranks.get(due.child_id or "", 1)
            for price in self._unit_prices_on(tariff, due.day, rank, "").parts:
                price = price.of_parts(due.parts)
                line = (due.child_id, tariff, price, PRESENT, due.share, date.min)
                self._add_units(line, [due.day.day], 1)

    def lines_of_counted(self, month: str) -> tuple[Line, ...]:
        """Return the lines of what was added."""
        in_order = sorted(self._sums.items(), key=self._sort_key)
        on_one_line: dict[tuple[object, ...], tuple[_Alike, _Sum]] = {}
        for alike, total in in_order:
            child_id, tariff, price, *rest = alike
            is_shared = alike[4] != ALL and tariff.unit in BY_QUANTITY
            money = (child_id, tariff, price.money, *rest) if is_shared else alike
            _, first = on_one_line.setdefault(money, (alike, total))
            if first is not total:
                first.quantity += total.quantity
                first.days |= total.days
        return tuple(self._line_of_sum(month, *summed) for summed in on_one_line.values())

    def _ranks_of_children(self, tariff: Tariff, taking_part: Iterable[str]) -> Mapping[str, int]:
        """Return ranks where a grid asks for them: elsewhere every child is a first one."""
        return self._children.ranks(set(taking_part)) if tariff.ranks_children else {}

    def _unit_prices_on(self, tariff: Tariff, day: date, rank: int, variant: str) -> Prices:
        grid, situation = tariff.grid_on(day), self._situations.situation_on(day)
        key = (tariff, grid, situation, rank, variant)
        prices = self._prices.get(key)
        if prices is None:
            prices = self._reuse_known_prices(
                tariff, rank, unit_prices_of_grid(tariff, grid, situation, rank, variant)
            )
            self._prices[key] = prices
        return prices

    def _reuse_known_prices(self, tariff: Tariff, rank: int, prices: Prices) -> Prices:
        """Return known prices where another grid or situation gave the same: one line."""
        before = self._found.setdefault((tariff, rank), [])
        if before:
            known: Known = {}
            for former in before:
                former.with_known_instances(known)
            prices = prices.with_known_instances(known)
        before.append(prices)
        return prices

    def _add_units(self, alike: _Alike, days: Sequence[int], units: int) -> None:
        total = self._sums.get(alike)
        if total is None:
            total = self._sums[alike] = _Sum(alike[1], alike[2])
        total.quantity += units
        total.days.update(days)

    def _sort_key(self, summed: tuple[_Alike, _Sum]) -> tuple[object, ...]:
        (child_id, tariff, price, outcome, *share), total = summed
        line = (tariff.code, price.position, min(total.days), price.cents, outcome, *share)
        return (self._children.order_of(child_id), *line, price)

    def _line_of_sum(self, month: str, alike: _Alike, total: _Sum) -> Line:
        child_id, tariff, price, outcome, share, _ = alike
        digest, reason = self._digest_and_reason(child_id, tariff, price, share)
        return Line(
            child_id=child_id,
            child=self._children.name_of(child_id),
            activity=tariff.activity,
            tariff=tariff.code,
            label=tariff.label,
            part=price.part,
            month=month,
            days=tuple(sorted(total.days)),
            outcome=outcome,
            quantity=total.quantity,
            unit_cents=price.cents,
            share_bp=share.bp,
            share_after_bp=share.after_bp,
            cents=share.cents_of(total.quantity * price.cents),
            tax=price.tax,
            budget=price.budget,
            price=digest,
            reason=reason,
        )

    def _digest_and_reason(
        self, child_id: str | None, tariff: Tariff, price: UnitPrice, share: PayerShare
    ) -> Why:
        """Return the digest and reason that lines of one child and price share, computed once."""
        key = (child_id, tariff, price, share)
        named = self._names.get(key)
        if named is None:
            digest = _digest_of_price(child_id, tariff, price, share)
            named = self._names[key] = digest, _reason_with_share(price, share)
        return named


def _digest_of_price(
    child_id: str | None, tariff: Tariff, price: UnitPrice, share: PayerShare
) -> str:
    """
    Return what two lines share that are the same money by unit.

    Neither days, nor outcome, nor reason: what is only explained otherwise is not billed again.
    """
    named = (tariff.provider, tariff.code, tariff.activity, child_id or "", price.part, price.tax)
    money = f"{price.cents} {share.bp}" + (f" {share.after_bp}" if share.after_bp else "")
    return sha256("\n".join((*named, money)).encode()).hexdigest()


def _reason_with_share(price: UnitPrice, share: PayerShare) -> dict[str, object]:
    shared = {} if share == ALL else {"share_bp": share.bp}
    return {"code": price.code, "params": {**price.params, **shared}}
