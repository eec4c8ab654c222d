"""
Input of pricing, and the lines it returns, free of any framework.

They are never changed. Types made by the million in a run (quantities, lines) are not frozen:
that would cost four times as much for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from shared.json_values import JsonMapping

WHOLE = 10_000


class PayerShare(NamedTuple):
    """
    A payer's part of 10 000, and the parts of others that come before it.

    It is what is due up to its end, half up, less what is due before it: the parts of all payers
    add up to the amount.
    """

    bp: int = WHOLE
    after_bp: int = 0

    def cents_of(self, cents: int) -> int:
        """Return what this payer owes of an amount."""
        if not self.after_bp:
            return divide_half_up(cents * self.bp, WHOLE)
        until, before = cents * (self.after_bp + self.bp), cents * self.after_bp
        return divide_half_up(until, WHOLE) - divide_half_up(before, WHOLE)


NOTHING, ALL = PayerShare(0), PayerShare()


@dataclass(slots=True)
class Quantity:
    """
    Quantity of one child on one day.

    `share_bp` is the part of 10 000 that this payer owes of it, after the parts of others, as they
    are divided since `divided_since`: only what all payers share alike is rounded together.
    """

    child_id: str
    activity: str
    day: date
    outcome: str
    quantity: int
    minutes: int | None = None
    planned_minutes: int = 0
    variant: str = ""
    share_bp: int = WHOLE
    share_after_bp: int = 0
    divided_since: date = date.min

    @property
    def share(self) -> PayerShare:
        """Return what this payer owes of it."""
        return PayerShare(self.share_bp, self.share_after_bp)


Shares = tuple[tuple[date, PayerShare], ...]
"""Shares of a payer, each from a day on, in order; the first from `date.min`."""
OWN_HOME: Shares = ((date.min, ALL),)
OTHER_HOME: Shares = ((date.min, NOTHING),)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A place that runs over a period, both days included: what is due by month, term or year.

    `shares` are the payer's; of a place of its child in another home it owes nothing.
    """

    place_id: str
    child_id: str
    activity: str
    valid_from: date
    valid_to: date | None
    shares: Shares = OWN_HOME

    def share_on(self, day: date) -> PayerShare:
        """Return what the payer owes of the place on a day."""
        return self.share_and_first_day(day)[1]

    def share_and_first_day(self, day: date) -> tuple[date, PayerShare]:
        """Return what the payer owes of the place on a day, and since which day."""
        return next(share for share in reversed(self.shares) if share[0] <= day)

    def is_owed_in(self, first: date, last: date) -> bool:
        """Return whether the payer owes a part of the place on one of some days."""
        begins = max(first, self.valid_from)
        ends = last if self.valid_to is None else min(last, self.valid_to)
        days = (begins, *(since for since, _ in self.shares if begins < since <= ends))
        return begins <= ends and any(self.share_on(day).bp for day in days)


@dataclass(frozen=True, slots=True)
class Quotient:
    """
    A quotient in cents a month; the latest `valid_from`, then the greatest `order`, counts.

    `kind` "" marks a quotient entered to see a price.
    """

    cents: int
    kind: str
    valid_from: date
    valid_to: date | None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """
    Address of a household from a day on; `insee` is "" for a commune that the town does not list.
    """

    valid_from: date
    insee: str
    commune: str


@dataclass(frozen=True, slots=True)
class Child:
    """
    A child of the payer; the eldest is of rank one, of two born on one day that of least id.

    `same_as` is the child whose other file this is: they are one, and of one rank.
    """

    child_id: str
    first_name: str
    birth_date: date
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer: dated quotients and addresses, and the children, whose ranks lower prices."""

    household_id: str
    quotients: Sequence[Quotient] = ()
    addresses: Sequence[Address] = ()
    children: Sequence[Child] = ()


@dataclass(slots=True)
class Line:
    """
    One line of a bill: `quantity` × `unit_cents`, then the payer's share of it: `cents`.

    `days` are days of `month`. `price` is 64 hexadecimal characters, alike for lines of one tariff,
    child, part, tax category, unit price and share, also where days, outcome or reason set them
    apart: a later correction compares by it. `reason` is {"code", "params"} of
    shared/contracts/billing/bills.py.
    """

    child_id: str | None
    child: str
    activity: str
    tariff: str
    label: str
    part: str
    month: str
    days: Sequence[int]
    outcome: str
    quantity: int
    unit_cents: int
    share_bp: int
    share_after_bp: int
    cents: int
    tax: str
    budget: str
    price: str
    reason: JsonMapping

    def cents_of_units(self, units: int) -> int:
        """Return what the payer owes of so many units at this line's price."""
        share = PayerShare(self.share_bp, self.share_after_bp)
        return share.cents_of(units * self.unit_cents)


def divide_half_up(amount: int, divisor: int) -> int:
    """Return `amount` / `divisor`, both from 0 on, rounded to the nearest: a half goes up."""
    return (2 * amount + divisor) // (2 * divisor)
