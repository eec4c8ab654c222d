"""Allocation of money to bills, and its reversal: pure, in integer cents."""

from collections.abc import Sequence
from dataclasses import dataclass


def allocate_to_bill(cents: int, owed_cents: int) -> tuple[int, int]:
    """Return what pays a bill, at most what is owed of it, and what is left as a credit."""
    paying = max(0, min(cents, owed_cents))
    return paying, cents - paying


def spread_over_bills(cents: int, owed: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Return by bill what so much money pays, in the order given; bills that get nothing aside."""
    paid = {}
    for bill, owed_cents in owed:
        paying, cents = allocate_to_bill(cents, owed_cents)
        if paying:
            paid[bill] = paying
    return paid


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Whence money that goes back comes: a credit that is left, bills that a credit had paid."""

    from_credit: int
    from_bills: dict[str, int]
    missing: int


def sources_of_credit_taken_back(
    cents: int, credit_cents: int, used: Sequence[tuple[str, int]]
) -> TakenBack:
    """
    Return from where a credit of `cents` is taken back, of which `credit_cents` are left.

    `used` are the bills which a credit has paid, the latest first, with how much: these are owed
    again. `missing` was paid back to the household already.
    """
    from_credit, left = allocate_to_bill(cents, credit_cents)
    from_bills = spread_over_bills(left, used)
    return TakenBack(from_credit, from_bills, left - sum(from_bills.values()))
