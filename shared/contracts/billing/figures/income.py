"""Income of a provider from bills of some months, by activity and band of quotients: sums alone."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.billing.bills import PRICE_REASONS
from shared.contracts.message import Method
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Count,
    Month,
    PageAnswer,
    PageRequest,
    maybe_text,
    one_of,
)

OWNER = "billing"

PAGE = 500
MOST_MONTHS = 12
OTHER_SOFTWARE = "other_software"
BASES = (
    *PRICE_REASONS,
    OTHER_SOFTWARE,  # a bill that another software issued says neither activity nor band
)
"""Why lines cost what they cost: the reason of their price."""


class Income(TypedDict):
    """
    Amount billed of one activity for one reason of price, credit notes taken off.

    `from_cents` and `to_cents` are the limits of a band of quotients, null without one. A
    household that was in two bands is counted in both.
    """

    activity: Annotated[str, maybe_text(40), EMPTY]
    basis: Annotated[str, one_of(BASES)]
    from_cents: Annotated[Cents | None, NONE]
    to_cents: Annotated[Cents | None, NONE]
    households: Count
    cents: Cents


@dataclass(frozen=True)
class IncomeRequest(PageRequest):
    """The months of bills, both included; a school year at most."""

    first: Month
    last: Month


@dataclass(frozen=True)
class IncomeAnswer(PageAnswer):
    """
    `cents` is what the bills of these months come to, read from them and not from their lines.

    The cents of all rows are that sum, to the cent.
    """

    cents: Cents
    rows: list[Income]


income = Method(OWNER, "income", IncomeRequest, IncomeAnswer)
"""The sums of the calling provider's bills of some months, by activity and band of quotients."""
