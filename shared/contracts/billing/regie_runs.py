"""
Billing's runs, as a régisseur sees them: the closing page, the draft of a month, its issue.

The provider is the caller, and the person a régisseur there, as in `regie`.
"""

from marshmallow import fields, validate

from shared.contracts.billing.bills import LINE
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    AFTER,
    NEXT,
    Cents,
    Code,
    Count,
    Id,
    Moment,
    Month,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import UntypedMethod

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
    "failed",  # its error stands beside it; the others go on
    "changed",  # another amount than the draft showed: to be drafted again
)

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

RUN: dict[str, fields.Field] = {
    "run_id": Id(),
    "regie": Code(),
    "month": Month(),
    "state": OneOf(RUN_STATES),
    "opened_at": Moment(),
    "issued_at": Moment(required=False, load_default=None, allow_none=True),
    "households": Count(),
    "done": Count(),
    "total_cents": Cents(),
    "last_month_cents": Cents(),
    "states": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
    "anomalies": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
}
"""A run with how far it is, and how many households stand in each state and anomaly."""

closing = UntypedMethod(
    OWNER,
    "closing",
    request={"regie": Code(), "month": Month()},
    answer={
        "households": Count(),
        "quantities": Count(),
        "disputes": Several(
            {
                "dispute_id": Id(),
                "invoice_id": Id(),
                "number": Text(30),
                "line": Count(),
                "label": Text(120),
                "payer": Text(250),
                "reason": Code(),
                "at": Moment(),
            }
        ),
        "unknown_quotients": Count(),
        "expired_quotients": Count(),
        "without_address": Count(),
        "without_price": fields.List(Code(required=False), required=True),
        "earlier_months": fields.List(Month(required=False), required=True),
    },
)
"""
What to look at before a run, as far as billing knows; groups not closed and tablets with marks not
sent, the provider knows itself. `earlier_months` are months with something still to be billed.
"""

settle_dispute = UntypedMethod(
    OWNER, "settle_dispute", request={"dispute_id": Id()}, answer={}, writes=True
)

open_run = UntypedMethod(
    OWNER,
    "open_run",
    request={
        "regie": Code(),
        "month": Month(),
        "reason": fields.String(load_default="", validate=validate.Length(0, 300)),
    },
    answer={"run_id": Id()},
    writes=True,
)
"""
Begin the draft of a month, or draft it again while it is not issued; asked twice it is one run.

`reason` is why it goes on although something stood on the closing page. Refusals: MonthIssued.
"""

read_run = UntypedMethod(
    OWNER,
    "read_run",
    request={
        "run_id": Id(),
        "only": fields.String(load_default=""),
        **AFTER,
    },
    answer={
        **RUN,
        **NEXT,
        "rows": Several(
            {
                "household_id": Id(),
                "payer": Text(250),
                "state": OneOf(HOUSEHOLD_STATES),
                "total_cents": Cents(),
                "last_month_cents": Cents(),
                "anomalies": fields.List(Code(required=False), required=True),
                "error": fields.String(required=True),
                "number": fields.String(required=True),
                "invoice_id": fields.String(load_default=None, allow_none=True),
            }
        ),
    },
)
"""`only` is a household state or an anomaly; the greatest amounts first."""

draft_lines = UntypedMethod(
    OWNER,
    "draft_lines",
    request={"run_id": Id(), "household_id": Id()},
    answer={
        "payer": fields.String(load_default="–"),
        "has_account": fields.Boolean(load_default=True),
        "lines": Several(dict(LINE)),
        "total_cents": Cents(),
    },
)
"""
The lines that a household's bill would have now, and its name.

A protected household has no account (`payer_account`) before its first bill. Refusals: NotFound.
"""

issue_run = UntypedMethod(
    OWNER,
    "issue_run",
    request={"run_id": Id(), "total_cents": Cents()},
    answer={"state": OneOf(RUN_STATES)},
    writes=True,
)
"""
Issue what was drafted: numbers, postings, bills. `total_cents` is the total that was on the screen.

Refusals: Outdated (another total by now), NotFound.
"""

bill_demo_month = UntypedMethod(
    OWNER,
    "bill_demo_month",
    request={"regie": Code(), "month": Month(), "sheets": Count()},
    answer={"state": OneOf(("listening", *RUN_STATES))},
    writes=True,
)
"""
Bill a month of a town of demonstration, and only there: ask again until it is issued.

Each time it does the next thing: waits for so many sheets of the month ("listening"), opens the
run, or orders the draft to be issued.
"""


class MonthIssued(Refusal):
    """The month's run is issued: what comes later goes on to the next."""

    code = "month_issued"
