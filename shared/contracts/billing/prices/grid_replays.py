"""Replay of a grid over the quantities of a past year: what it would bring, no person in it."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.enrolment.tariffs import Grid
from shared.contracts.message import Empty, Method
from shared.contracts.values import NONE, Cents, Code, Count, Moment, Month, list_length, one_of

OWNER = "billing"

WORKING, DONE = "working", "done"
STATES = (
    WORKING,  # households are being counted, some at a time
    DONE,
)
MOST_BANDS = 32
"""Bands of one column, and the households of which no quotient is known."""


class ReplayedBand(TypedDict):
    """
    Households by what they would pay, of one band of quotients; both limits null: unknown.

    `old_cents` is what was billed to them, `new_cents` what the grid would have.
    """

    from_cents: Annotated[Cents | None, NONE]
    to_cents: Annotated[Cents | None, NONE]
    more: Count
    less: Count
    same: Count
    old_cents: Cents
    new_cents: Cents


@dataclass(frozen=True)
class OrderReplayRequest:
    """The quantities of these months, both included, at the prices of this grid."""

    tariff: Code
    grid: Grid
    first: Month
    last: Month


@dataclass(frozen=True)
class ReplayRequest:
    tariff: Code


@dataclass(frozen=True)
class ReplayAnswer:
    """
    The last replay of a tariff, as far as it is.

    `issued_cents` is what was billed of the tariff, credit notes taken off, and `reckoned_cents`
    what the same quantities cost by the grids of their days: another sum where an agent credited by
    hand, or where something waits for the next run. `new_cents` keeps that difference. `unpriced`
    are lines for which the grid has no price.
    """

    state: Annotated[str, one_of(STATES)]
    asked_at: Moment
    first: Month
    last: Month
    decision: str
    households: Count
    issued_cents: Cents
    reckoned_cents: Cents
    new_cents: Cents
    unpriced: Count
    bands: Annotated[list[ReplayedBand], list_length(0, MOST_BANDS)]


order_replay = Method(OWNER, "order_replay", OrderReplayRequest, Empty, writes=True)
"""Replay a grid of the calling provider; it takes the place of the tariff's last replay."""

read_replay = Method(OWNER, "read_replay", ReplayRequest, ReplayAnswer)
"""The last replay of a tariff; NotFound without one."""
