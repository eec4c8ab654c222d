"""Hours of presence at a provider by the family's fund, for the CAF: sums alone (rule R11)."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.enrolment.attendance import Minutes
from shared.contracts.message import Method
from shared.contracts.values import Count, Day, Id, list_length, one_of

OWNER = "billing"

CAF, MSA, UNKNOWN = "caf", "msa", "unknown"
FUNDS = (
    CAF,  # the general régime
    MSA,  # the agricultural one
    UNKNOWN,  # no statement of either is known
)
MOST_SITTINGS, MOST_DAYS, MOST_LINES = 100, 92, 1_000


class Sitting(TypedDict):
    """
    Days on which a group met, and how long each child that came then counts.

    `line` is the caller's number of the line in which they are added.
    """

    line: Annotated[int, validate.Range(0, MOST_LINES - 1)]
    group_id: Id
    minutes: Minutes
    days: Annotated[list[Day], list_length(1, MOST_DAYS)]


class FundHours(TypedDict):
    """Minutes of presence in one line of families of one fund, by age on the day."""

    line: Count
    fund: Annotated[str, one_of(FUNDS)]
    under_6: Count
    from_6: Count
    from_12: Count
    age_unknown: Count


@dataclass(frozen=True)
class FundHoursRequest:
    sittings: Annotated[list[Sitting], list_length(1, MOST_SITTINGS)]


@dataclass(frozen=True)
class FundHoursAnswer:
    """A row for each line and fund of which somebody came."""

    rows: Annotated[list[FundHours], list_length(0, MOST_SITTINGS * len(FUNDS))]


fund_hours = Method(OWNER, "fund_hours", FundHoursRequest, FundHoursAnswer)
"""The calling provider's minutes of presence, parted among the families' funds."""
