"""Simulated prices of activities for a child of the household, and why they are what they are."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.billing.bills import Label, PartLabel, Reason
from shared.contracts.message import Method
from shared.contracts.values import Cents, Code, Day, Id, list_length

OWNER = "billing"


class OfferedActivity(TypedDict):
    """An activity of a provider, by its code."""

    provider: Code
    activity: Code


@dataclass(frozen=True)
class SimulateRequest:
    """`quotient_cents` is the one typed, null for the household's own."""

    household_id: Id
    child_id: Id
    wanted: Annotated[list[OfferedActivity], list_length(1, 40)]
    on: Day
    quotient_cents: Cents | None = None
    variant: str = ""


class PricePart(TypedDict):
    """A part of a price, and why it is what it is."""

    label: PartLabel
    cents: Cents
    reason: Reason


class PriceSurcharge(TypedDict):
    """Amount on top of a price (`effect` add), or in place of it."""

    label: PartLabel
    when: Code
    effect: Code
    cents: Cents


class Price(TypedDict):
    """One unit of a tariff of an activity."""

    provider: Code
    activity: Code
    label: Label
    unit: Code
    total_cents: Cents
    parts: list[PricePart]
    surcharges: list[PriceSurcharge]


@dataclass(frozen=True)
class SimulateAnswer:
    prices: list[Price]


simulate = Method(OWNER, "simulate", SimulateRequest, SimulateAnswer)
"""
Price of one unit of each activity for a child, on a day; of several tariffs of an activity one line
each.

With the household's own quotient, or the one typed. An activity without a tariff is left out.
"""
