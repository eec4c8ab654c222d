"""
Corrections of a billed month after a later computation: no bill is edited (rule R11's runs).

Lines are compared by `price`, by which the same money by unit is known again. What is billed too
much is taken back from its lines, what is missing is added.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.billing.pricing.rules.inputs_and_lines import WHOLE, Line

B = TypeVar("B", bound=Line)
Corrections = tuple[list[tuple[B, int]], list[Line]]
"""Billed lines with how many units are taken back of each, and lines to be added."""


def corrections_of_month(billed: Sequence[B], desired: Sequence[Line]) -> Corrections[B]:
    """
    Return what is to be taken back of `billed`, and added, so that `desired` is what is owed.

    Of the same price only the difference in quantity moves. A share of less than the whole is
    rounded by line: there lines are taken back and added whole, so that the sum is exact. What
    costs nothing is not taken back.
    """
    taken: list[tuple[B, int]] = []
    added: list[Line] = []
    desired_by_price, billed_by_price = _lines_by_price(desired), _lines_by_price(billed)
    for price in dict.fromkeys((*billed_by_price, *desired_by_price)):
        back, more = _corrections_of_price(billed_by_price[price], desired_by_price[price])
        taken += [(line, quantity) for line, quantity in back if line.cents]
        added += more
    return taken, _note_previous_prices(added, [line for line, _ in taken])


def _lines_by_price(lines: Iterable[B]) -> dict[str, list[B]]:
    by_price: dict[str, list[B]] = defaultdict(list)
    for line in lines:
        if line.quantity:
            by_price[line.price].append(line)
    return by_price


def _corrections_of_price(billed: list[B], desired: list[Line]) -> Corrections[B]:
    if _payer_share_of_lines((*billed, *desired)) != WHOLE:
        return _exchange_whole_lines(billed, desired)
    too_few = sum(line.quantity for line in desired) - sum(line.quantity for line in billed)
    if too_few > 0:
        return [], _lines_to_add(desired, too_few, _days_of_lines(billed))
    return _take_units(billed, -too_few, _days_of_lines(desired)), []


def _payer_share_of_lines(lines: Sequence[Line]) -> int:
    return lines[0].share_bp  # one price has one share


def _exchange_whole_lines(billed: list[B], desired: list[Line]) -> Corrections[B]:
    """Leave lines of one quantity and amount where they are, exchange the others."""
    left, missing = list(billed), []
    for line in desired:
        alike = next(
            (other for other in left if _quantity_and_cents(other) == _quantity_and_cents(line)),
            None,
        )
        if alike is None:
            missing.append(line)
        else:
            left.remove(alike)
    if sum(map(_cents_of_line, left)) == sum(map(_cents_of_line, missing)):
        return [], []
    return [(line, line.quantity) for line in left], missing


def _take_units(billed: list[B], units: int, desired: set[int]) -> list[tuple[B, int]]:
    """Take units from billed lines, first from days that are no longer desired."""
    taken = []
    for line in sorted(
        billed, key=lambda candidate: (not set(candidate.days) - desired, _first_day(candidate))
    ):
        count = min(units, line.quantity)
        if count:
            taken.append((line, count))
        units -= count
    return taken


def _lines_to_add(desired: list[Line], units: int, billed: set[int]) -> list[Line]:
    """Return lines of so many units, first of days that are not billed yet."""
    added = []
    for line in sorted(
        desired, key=lambda candidate: (not set(candidate.days) - billed, _first_day(candidate))
    ):
        count = min(units, line.quantity)
        if count:
            added.append(_line_of_units(line, count, billed))
        units -= count
    return added


def _line_of_units(line: Line, units: int, billed: set[int]) -> Line:
    if units == line.quantity:
        return line
    days = tuple(day for day in line.days if day not in billed) or line.days
    return replace(line, quantity=units, days=days, cents=line.cents_of_units(units))


def _note_previous_prices(added: list[Line], taken: Sequence[Line]) -> list[Line]:
    """Say on a line what a unit of it cost before, where that was one other price."""
    before: dict[tuple[str | None, str, str], set[int]] = defaultdict(set)
    for old in taken:
        before[(old.child_id, old.tariff, old.part)].add(old.unit_cents)
    return [
        _with_previous_price(line, before[(line.child_id, line.tariff, line.part)])
        for line in added
    ]


def _with_previous_price(line: Line, before: set[int]) -> Line:
    if len(before) != 1 or line.unit_cents in before:
        return line
    params = {**line.reason["params"], "previous_cents": min(before)}
    return replace(line, reason={**line.reason, "params": params})


def _days_of_lines(lines: Iterable[Line]) -> set[int]:
    return {day for line in lines for day in line.days}


def _first_day(line: Line) -> int:
    return min(line.days, default=0)


def _quantity_and_cents(line: Line) -> tuple[int, int]:
    return line.quantity, line.cents


def _cents_of_line(line: Line) -> int:
    return line.cents
