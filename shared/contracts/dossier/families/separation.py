"""
Separation of a household at the front desk: from a day on, one household is two.

The past stays as it was: who stays keeps the household with its bills, bookings and addresses.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.corrections import PAPERS, REASONS, Receipt
from shared.contracts.dossier.families.safeguarding import (
    ChildAfterwards,
    GuardianNamed,
    NewAddress,
)
from shared.contracts.dossier.guardians import FIRST_NAME, LAST_NAME, NAME, OWNER
from shared.contracts.dossier.two_home_weeks import ChildWeeks
from shared.contracts.message import Empty, Method
from shared.contracts.values import NONE, Day, Id, Moment, OfHousehold, list_length, one_of

SEPARATIONS_SHOWN = 20
"""Most separations of one household in an answer."""


class SeparationChild(TypedDict):
    """A child of the household; `elsewhere`: it lives in a second one already."""

    child_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    elsewhere: bool


class Separation(TypedDict):
    """
    One separation; `names` are of who leaves, `receipts` of who was sent it.

    `applied_at` is null while its day has not come. Where it never will, `withdrawn_at` is set; or
    `lapsed_at`, where the household had changed and nothing was left to separate.
    """

    separation_id: Id
    names: list[Annotated[str, NAME]]
    paper: Annotated[str, one_of(PAPERS)]
    paper_date: Day
    reason: Annotated[str, one_of(REASONS)]
    holds_from: Day
    recorded_by: Id
    recorded_at: Moment
    applied_at: Annotated[Moment | None, NONE]
    lapsed_at: Annotated[Moment | None, NONE]
    withdrawn_at: Annotated[Moment | None, NONE]
    receipts: list[Receipt]


@dataclass(frozen=True)
class OpenForSeparationAnswer:
    """A household as it is; it is known since `known_since`. The latest separation first."""

    known_since: Day
    guardians: list[GuardianNamed]
    children: list[SeparationChild]
    separations: list[Separation]


open_for_separation = Method(OWNER, "open_for_separation", OfHousehold, OpenForSeparationAnswer)
"""
One household for an agent who corrects, the latest SEPARATIONS_SHOWN separations first.

Each child has a line in its read log. Refusals: NotFound, also for a protected home, and for the
home of a child of one, for whom does not protect (rule R9).
"""


@dataclass(frozen=True, kw_only=True)
class SeparateHouseholdRequest(OfHousehold):
    """
    `guardians` leave, from `holds_from` on; `children` says of each child where it lives then.

    `weeks` are those of all who live in both homes, which WITH_WHO_STAYS and WITH_WHO_LEAVES name.
    Without an `address` the new home begins with those that both know.
    """

    guardians: Annotated[list[Id], list_length(1, 12)]
    children: Annotated[list[ChildAfterwards], list_length(0, 30)]
    weeks: ChildWeeks | None = None
    address: NewAddress | None = None
    paper: Annotated[str, one_of(PAPERS)]
    paper_date: Day
    reason: Annotated[str, one_of(REASONS)]
    holds_from: Day


@dataclass(frozen=True)
class SeparationAnswer:
    separation_id: Id


separate_household = Method(
    OWNER, "separate_household", SeparateHouseholdRequest, SeparationAnswer, writes=True
)
"""
Gives who is named a household of their own from a day on; a day to come waits.

Refusals: NotFound, AnotherWaits, BadRequest by field: `guardians` where nobody would leave or stay,
`children` for a child without a home, or in a third one, `lives` for a home where nobody answers
for the child, `weeks` where two homes have the same week, `holds_from` before the household is
known or in more than a year, `paper_date` to come.
"""


@dataclass(frozen=True)
class OfSeparation:
    separation_id: Id


withdraw_separation = Method(OWNER, "withdraw_separation", OfSeparation, Empty, writes=True)
"""A separation whose day has not come is taken back. Refusals: NotFound, also once it is done."""
