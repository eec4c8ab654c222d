"""Contracts of published prices for anonymous callers: no person, nothing stored."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.billing.prices.quotients import QuotientCents
from shared.contracts.billing.prices.simulations import PricePart
from shared.contracts.message import Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import EMPTY, NONE, Cents, Code, Count, Day, Variant, list_length

OWNER = "billing"

MOST_CASES = 16
MOST_CHILDREN = 6


class PriceCase(TypedDict):
    """
    Case of a published price: `children` on `days` of a week, priced `on` a day.

    `quotient_cents` null: none is said, hence the highest price. `of_band`: it covers its whole
    band, and no reason names it.
    """

    provider: Code
    tariff: Code
    residence: Code
    variant: Annotated[Variant, EMPTY]
    quotient_cents: Annotated[QuotientCents | None, NONE]
    of_band: Annotated[bool, Default(False)]
    children: Annotated[Count, validate.Range(1, MOST_CHILDREN)]
    days: Annotated[Count, validate.Range(1, 7)]
    on: Day


@dataclass(frozen=True)
class QuoteRequest:
    cases: Annotated[list[PriceCase], list_length(1, MOST_CASES)]


class PriceOfRank(TypedDict):
    """Price of a session for the child of a rank."""

    rank: Count
    total_cents: Cents
    parts: list[PricePart]


class PeriodBegun(TypedDict):
    """Price of a period for places that begin on a day in it: of so many of its parts."""

    proration: Code
    parts_due: Count
    parts: Count
    total_cents: Cents


class Quote(TypedDict):
    """
    Price of one case.

    `ranks` has each child of a household that comes together, one for what the household owes once;
    none where that day has no price. `week_cents` is what `days` sessions a week of all of them
    cost; null for what is not due by the session. `begun` is null where the whole of the period is
    due from that day.
    """

    ranks: list[PriceOfRank]
    total_cents: Cents
    week_cents: Cents | None
    begun: PeriodBegun | None


@dataclass(frozen=True)
class QuoteAnswer:
    quotes: list[Quote]


quote = Method(OWNER, "quote", QuoteRequest, QuoteAnswer)
"""Prices of one unit on a day, for anybody: one quote a case, in order."""
