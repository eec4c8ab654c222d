"""Quotients of a household: what a family declares, what another software had; for prices alone."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    NONE,
    Cents,
    Count,
    Day,
    Id,
    Moment,
    OfHousehold,
    list_length,
    one_of,
)

OWNER = "billing"

QUOTIENT_KINDS = ("caf", "msa", "municipal", "tax")

QUOTIENT_SOURCES = (
    "declared",  # by the family, with its statement to hand
    "checked",  # an agent of a régie saw the statement
    "corrected",  # an agent of a régie corrected it
    "imported",  # from another software
    "fetched",  # CAF or MSA said it, a guardian asked and accepted
)

QuotientCents = Annotated[Cents, validate.Range(0, 10_000_000)]

QuotientKind = Annotated[str, one_of(QUOTIENT_KINDS)]

QuotientSource = Annotated[str, one_of(QUOTIENT_SOURCES)]


class Quotient(TypedDict):
    """A household's quotient, in cents a month, both days included."""

    cents: QuotientCents
    kind: QuotientKind
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


class RecordedQuotient(Quotient):
    """A quotient as billing has it."""

    source: QuotientSource
    recorded_at: Moment


class GivenQuotient(TypedDict):
    """A quotient that a fund has said to a guardian, who has not yet said whether it counts."""

    request_id: Id
    cents: QuotientCents
    kind: QuotientKind
    valid_from: Day
    given_at: Moment


@dataclass(frozen=True)
class MyQuotientsAnswer:
    """`given` waits for the guardian who asked, and is shown to nobody else."""

    quotients: list[RecordedQuotient]
    given: GivenQuotient | None = None


my_quotients = Method(OWNER, "my_quotients", OfHousehold, MyQuotientsAnswer)
"""A household's quotients at billing, the latest first; no service sees it (rule R11)."""


@dataclass(frozen=True)
class DeclareQuotientRequest:
    household_id: Id
    cents: QuotientCents
    kind: QuotientKind
    valid_from: Day
    valid_to: Day | None = None


declare_quotient = Method(OWNER, "declare_quotient", DeclareQuotientRequest, Empty, writes=True)
"""
A guardian says the household's quotient (cents a month) from a day on, once, for the town.

A year back at most. Refusals: QuotientChecked.
"""


class ImportedQuotient(Quotient):
    """A quotient from another software."""

    household_id: Id


@dataclass(frozen=True)
class ImportQuotientsRequest:
    quotients: Annotated[list[ImportedQuotient], list_length(1, 500)]


@dataclass(frozen=True)
class ImportQuotientsAnswer:
    """
    Counts of what is recorded, of what had come before, and of what is left out.

    Left out is what concerns a household of which a family or an agent has said a quotient here.
    """

    recorded: Count
    same: Count
    kept: Count


import_quotients = Method(
    OWNER, "import_quotients", ImportQuotientsRequest, ImportQuotientsAnswer, writes=True
)
"""
Quotients from another software; never read back.

A household may have several, of other days. One that came before comes no more, one that differs is
recorded besides and counts; what a family or an agent has said here since is never replaced.
"""


class QuotientChecked(Refusal):
    """
    A régie saw a statement for that day or a later one, and alone corrects it, or a fund said it.
    """

    code = "quotient_checked"
