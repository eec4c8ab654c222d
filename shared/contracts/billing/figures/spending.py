"""Spending of a household in a school year, by child and activity, for its own guardians."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.billing.household_accounts import AccountBill, AccountPayment
from shared.contracts.message import Method
from shared.contracts.values import EMPTY, NONE, Cents, Code, Count, Day, Id, Month, maybe_text

OWNER = "billing"

Year = Annotated[Count, validate.Range(2000, 2100)]
"""A school year by the year in which it begins: 2025 is from September 2025 to August 2026."""


class Spent(TypedDict):
    """
    Charge of one month's bills for one activity of one child, less their credit notes.

    `month` is the bills' own. `child` is a first name, "" for the household's own; `child_id` and
    `activity` are unknown of another software's bills. `label` is "" for what no line explains.
    """

    provider: Code
    month: Month
    child_id: Annotated[str | None, NONE]
    child: Annotated[str, maybe_text(80), EMPTY]
    activity: Annotated[str, maybe_text(40), EMPTY]
    label: Annotated[str, maybe_text(120), EMPTY]
    cents: Cents


class Refunded(TypedDict):
    """An advance that a régie paid back by transfer."""

    provider: Code
    on: Day
    cents: Cents


class YearTotal(TypedDict):
    """Sum of the bills of one school year, credit notes taken off."""

    year: Year
    cents: Cents


@dataclass(frozen=True)
class SpendingRequest:
    household_id: Id
    year: Year


@dataclass(frozen=True)
class SpendingAnswer:
    """
    `years` are all school years of which there are bills, the latest first.

    `bills` are those of the year's months, credit notes too, with the `payments` that came for
    them and each try to pay what is still owed; `refunds` are those of its days. The cents of
    `spent` are, to the cent, the sum of these bills' totals.
    """

    years: list[YearTotal]
    spent: list[Spent]
    bills: list[AccountBill]
    payments: list[AccountPayment]
    refunds: list[Refunded]


spending = Method(OWNER, "spending", SpendingRequest, SpendingAnswer)
"""
Sums that a household was billed in a school year at all providers, those that left included.

A household's own part alone: the other home of a child has bills of its own.
"""
