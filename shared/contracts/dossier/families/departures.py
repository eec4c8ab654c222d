"""
Departures from the town: a household says its last day, once, for its children and all services.

What a child has at every service ends with that day, as it does where a guardian ends one of them.
Bills, history and whatever else is the family's stay. Until the day it is taken back in one act.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypedDict

from shared.contracts.dossier.guardians import OWNER, Insee
from shared.contracts.message import Empty, Method
from shared.contracts.values import EMPTY, NONE, Day, Id, OfHousehold, list_length, text

MOST_CHILDREN = 30
FARTHEST = timedelta(days=366)
"""A last day further away is a slip of the pen."""


class NewAddress(TypedDict):
    """Address to which bills go from the day after the last one on."""

    street: Annotated[str, text(160)]
    postcode: Annotated[str, text(10)]
    insee: Annotated[Insee, EMPTY]
    commune: Annotated[str, text(80)]


@dataclass(frozen=True, kw_only=True)
class AnnounceDepartureRequest:
    """`address` is None where the family does not know it yet, or has said it."""

    household_id: Id
    children: Annotated[list[Id], list_length(1, MOST_CHILDREN)]
    last_day: Day
    address: NewAddress | None = None


announce_departure = Method(
    OWNER, "announce_departure", AnnounceDepartureRequest, Empty, writes=True
)
"""
Say that children of a household leave the town after a day; said again, it replaces what was said
of children over whom this guardian has authority.

Providers learn the day at once and book nothing after it. Refusals: NotFound, also for a child
without this guardian's authority, and BadRequest: for a day that is past or too far away, and for
a child that lives in another home too, which goes on to live in the town.
"""


class ChildOfHome(TypedDict):
    """
    A child of a household; one that `stays` has another home, which may be in the town.

    A protected home in which the guardian does not live is not told of (rule R9).
    """

    child_id: Id
    stays: bool
    leaves_after: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class DepartureOfAnswer:
    children: Annotated[list[ChildOfHome], list_length(0, MOST_CHILDREN)]


departure_of = Method(OWNER, "departure_of", OfHousehold, DepartureOfAnswer)
"""The children of a household over whom this guardian has authority, and when they leave."""

withdraw_departure = Method(OWNER, "withdraw_departure", OfHousehold, Empty, writes=True)
"""
Take the departure of a household back, with the address that was said with it, for the children
over whom this guardian has authority.

Refusals: NotFound, also once its day is over.
"""
