"""Contracts of the read log: its verification, households affected by a breach (GDPR 33, 34)."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.message import Method
from shared.contracts.values import Code, Count, Id, Moment, Projection, list_length, one_of

OWNER = "dossier"

AT_ONCE = 200
"""Households in one answer: a message has a size."""


@dataclass(frozen=True)
class HouseholdsTouchedRequest:
    """A period and a provider; without one, a service that holds all families is meant."""

    since: Moment
    until: Moment
    provider: Code | None = None
    after: Id | None = None


class AffectedHousehold(TypedDict):
    """`projections`: what the provider held of the children; `reads`: how often it read then."""

    household_id: Id
    children: Count
    projections: list[Projection]
    reads: Count


@dataclass(frozen=True)
class HouseholdsTouchedAnswer:
    households: list[AffectedHousehold]
    more: bool


households_touched = Method(
    OWNER, "households_touched", HouseholdsTouchedRequest, HouseholdsTouchedAnswer
)
"""
The households of children whom a provider had, or of whom it read, between two instants.

By number, without a name; without a provider all that there were. By household, after `after`.
"""


@dataclass(frozen=True)
class BreachScopeRequest:
    """The same as HouseholdsTouchedRequest, for the data protection office."""

    since: Moment
    until: Moment
    provider: Code | None = None


@dataclass(frozen=True)
class BreachScopeAnswer:
    """`read` counts households of which something was read then."""

    households: Count
    children: Count
    read: Count
    projections: Annotated[list[Projection], list_length(0, 40)]


breach_scope = Method(OWNER, "breach_scope", BreachScopeRequest, BreachScopeAnswer)
"""Numbers of a breach: households touched, and the sections held of them."""


breach_households = Method(
    OWNER, "breach_households", HouseholdsTouchedRequest, HouseholdsTouchedAnswer
)
"""Answers as `households_touched`, for the data protection office: by number, without a name."""


MOST_HEADS = 500
"""Most heads of one request; who keeps more sends the latest."""

WHOLE = ""
CHANGED, GAP, DISORDER, BEGINNING, END = "changed", "gap", "disorder", "beginning", "end"
REASONS = (
    WHOLE,
    CHANGED,  # a line is not as it was signed, or not the one of which the head was noted
    GAP,  # lines are missing before it
    DISORDER,  # it does not follow the line before it
    BEGINNING,  # what stood before it is gone, and no purge says so
    END,  # what stood after it is gone
)


class LogHead(TypedDict):
    """The last line of the log at some moment: its number, and what it is signed with."""

    sequence: Count
    mac: Annotated[str, validate.Regexp(r"\A[0-9a-f]{64}\Z")]


@dataclass(frozen=True)
class VerifyReadsRequest:
    heads: Annotated[list[LogHead], list_length(0, MOST_HEADS)]


@dataclass(frozen=True)
class VerifyReadsAnswer:
    """`broken` says why the log is not whole, `sequence` at which line; `head` is to be noted."""

    lines: Count
    broken: Annotated[str, one_of(REASONS)]
    sequence: Count
    head: LogHead


verify_reads = Method(OWNER, "verify_reads", VerifyReadsRequest, VerifyReadsAnswer)
"""Verify the log by its signatures and by heads noted outside of the database."""
