"""
Contracts of billing's runs, for a régisseur: the closing page, the draft of a month, its issue.

The provider is the caller, and the person a régisseur there, as in `regie`.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.billing.bills import Label, Line, Number
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    NONE,
    Cents,
    Code,
    Count,
    Id,
    Moment,
    Month,
    PageAnswer,
    PageRequest,
    maybe_text,
    one_of,
    text,
)

OWNER = "billing"

DRAFTING, DRAFTED, ISSUING, ISSUED = "drafting", "drafted", "issuing", "issued"
RUN_STATES = (
    DRAFTING,  # each household is being priced; nothing is issued
    DRAFTED,  # to be looked at: totals, what is unusual
    ISSUING,
    ISSUED,
)

HOUSEHOLD_STATES = (
    "waiting",
    "drafted",
    "nothing",  # priced, and nothing is owed
    "carried",  # below the least amount of its channel: goes on to the next bill
    "issued",
    "failed",  # its error is beside it; the others go on
    "changed",  # another amount than the draft showed: to be drafted again
)

FILE_HELD, IMPLAUSIBLE, FAULT = "file_held", "implausible", "fault"
RUN_ERRORS = (
    FILE_HELD,  # an agent holds the record of a child, and decides what is billed
    IMPLAUSIBLE,  # more than any family owes for a month: a count or a price must be wrong
    FAULT,  # of the software: its log says which
)
"""Causes for which a household has no bill."""

ANOMALIES = (
    "much_more",  # than last month
    "much_less",
    "first_bill",
    "no_quotient",
    "quotient_expired",
    "no_price",
    "no_address",
    "disputed",
    "adjusted",  # it holds corrections of earlier months
)

RunState = Annotated[str, one_of(RUN_STATES)]
PayerName = Annotated[str, text(250)]


class Run(TypedDict):
    """A run with its progress, and how many households there are in each state and anomaly."""

    run_id: Id
    regie: Code
    month: Month
    state: RunState
    opened_at: Moment
    issued_at: Annotated[Moment | None, NONE]
    households: Count
    done: Count
    total_cents: Cents
    last_month_cents: Cents
    states: dict[str, int]
    anomalies: dict[str, int]


@dataclass(frozen=True)
class ClosingRequest:
    regie: Code
    month: Month


class OpenDispute(TypedDict):
    """A line of a bill that a guardian reported as wrong."""

    dispute_id: Id
    invoice_id: Id
    number: Number
    line: Count
    label: Label
    payer: PayerName
    reason: Code
    at: Moment


@dataclass(frozen=True)
class ClosingAnswer:
    """`earlier_months` are months with something still to be billed."""

    households: Count
    quantities: Count
    disputes: list[OpenDispute]
    unknown_quotients: Count
    expired_quotients: Count
    without_address: Count
    without_price: list[Code]
    earlier_months: list[Month]


closing = Method(OWNER, "closing", ClosingRequest, ClosingAnswer)
"""
Points to look at before a run, as far as billing knows; groups not closed and tablets with marks
not sent, the provider knows itself.
"""


@dataclass(frozen=True)
class ResolveDisputeRequest:
    dispute_id: Id


resolve_dispute = Method(OWNER, "resolve_dispute", ResolveDisputeRequest, Empty, writes=True)


@dataclass(frozen=True)
class OpenRunRequest:
    """`reason` is why it goes on although something stood on the closing page."""

    regie: Code
    month: Month
    reason: Annotated[str, maybe_text(300)] = ""


@dataclass(frozen=True)
class OpenRunAnswer:
    run_id: Id


open_run = Method(OWNER, "open_run", OpenRunRequest, OpenRunAnswer, writes=True)
"""
Begin the draft of a month, or draft it again while it is not issued; asked twice it is one run.

Refusals: MonthIssued.
"""


@dataclass(frozen=True)
class ReadRunRequest(PageRequest):
    """`only` is a household state or an anomaly."""

    run_id: Id
    only: str = ""


class HouseholdOfRun(TypedDict):
    """A household of a run; `number` and `invoice_id` are of its bill, "" and null before it."""

    household_id: Id
    payer: PayerName
    state: Annotated[str, one_of(HOUSEHOLD_STATES)]
    total_cents: Cents
    last_month_cents: Cents
    anomalies: list[Code]
    error: Annotated[str, one_of(("", *RUN_ERRORS))]
    number: str
    invoice_id: Annotated[str | None, NONE]


@dataclass(frozen=True, kw_only=True)
class ReadRunAnswer(PageAnswer):
    """The fields of `Run`, with a page of its households."""

    run_id: Id
    regie: Code
    month: Month
    state: RunState
    opened_at: Moment
    issued_at: Moment | None = None
    households: Count
    done: Count
    total_cents: Cents
    last_month_cents: Cents
    states: dict[str, int]
    anomalies: dict[str, int]
    rows: list[HouseholdOfRun]


read_run = Method(OWNER, "read_run", ReadRunRequest, ReadRunAnswer)
"""A run with its households, the greatest amounts first."""


@dataclass(frozen=True)
class DraftLinesRequest:
    run_id: Id
    household_id: Id


@dataclass(frozen=True, kw_only=True)
class DraftLinesAnswer:
    """A protected household has no account (`payer_account`) before its first bill."""

    payer: str = "–"
    has_account: bool = True
    lines: list[Line]
    total_cents: Cents


draft_lines = Method(OWNER, "draft_lines", DraftLinesRequest, DraftLinesAnswer)
"""
The lines that a household's bill would have now, and its name.

Refusals: NotFound.
"""


@dataclass(frozen=True)
class IssueRunRequest:
    """`total_cents` is the total that was on the screen."""

    run_id: Id
    total_cents: Cents


@dataclass(frozen=True)
class IssueRunAnswer:
    state: RunState


issue_run = Method(OWNER, "issue_run", IssueRunRequest, IssueRunAnswer, writes=True)
"""
Issue what was drafted: numbers, postings, bills.

Refusals: Outdated (another total by now), NotFound.
"""


@dataclass(frozen=True)
class BillDemoMonthRequest:
    regie: Code
    month: Month
    sheets: Count


@dataclass(frozen=True)
class BillDemoMonthAnswer:
    """`failed` counts the households that got no bill for one of RUN_ERRORS."""

    state: Annotated[str, one_of(("listening", *RUN_STATES))]
    failed: Count = 0


bill_demo_month = Method(
    OWNER, "bill_demo_month", BillDemoMonthRequest, BillDemoMonthAnswer, writes=True
)
"""
Bill a month of a town of demonstration, and only there: ask again until it is issued.

Each time it does the next thing: waits for so many sheets of the month ("listening"), opens the
run, or orders the draft to be issued.
"""


class MonthIssued(Refusal):
    """The month's run is issued: what comes later goes on to the next."""

    code = "month_issued"
