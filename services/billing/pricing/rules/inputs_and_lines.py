"""
Input of pricing, and the lines it returns, free of any framework.

They are never changed. Types made by the million in a run (quantities, lines) are not frozen:
that would cost four times as much for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.json_values import JsonMapping


@dataclass(slots=True)
class Quantity:
    """
    Quantity of one child on one day.

    `share_bp` is the part of 10 000 that this payer owes of it.
    """

    child_id: str
    activity: str
    day: date
    outcome: str
    quantity: int
    minutes: int | None = None
    planned_minutes: int = 0
    variant: str = ""
    share_bp: int = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place that runs over a period, both days included: what is due by month, term or year."""

    place_id: str
    child_id: str
    activity: str
    valid_from: date
    valid_to: date | None
    share_bp: int = 10_000


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
    One line of a bill: `quantity` × `unit_cents`, then the payer's share, half up: `cents`.

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
    cents: int
    tax: str
    budget: str
    price: str
    reason: JsonMapping


def divide_half_up(amount: int, divisor: int) -> int:
    """Return `amount` / `divisor`, both from 0 on, rounded to the nearest: a half goes up."""
    return (2 * amount + divisor) // (2 * divisor)
