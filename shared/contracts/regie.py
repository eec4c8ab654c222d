"""
What billing answers a régisseur, at the desk of the provider whose régie it is.

The provider is the caller, never a field; the person must hold a role with the act "regie" there.
Of another provider's bills there is nothing to find. Amounts are integer cents.
"""

from marshmallow import fields, validate

from shared.contracts.bills import (
    BILL,
    CASH,
    CHEQUE,
    LINE,
    PAYMENT,
    QUOTIENT_KINDS,
    QUOTIENT_SOURCES,
    TRANSFER,
)
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    Cents,
    Code,
    Count,
    Day,
    Id,
    MaybeDay,
    Moment,
    Month,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import Method

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
PAGE = 50

COUNTER_MEANS = (CASH, CHEQUE, TRANSFER)


def _maybe_id() -> fields.String:
    return Id(required=False, load_default=None, allow_none=True)


_PDF: dict[str, fields.Field] = {"name": Text(80), "content": fields.String(required=True)}
_AFTER: dict[str, fields.Field] = {"after": fields.String(load_default="")}
_NEXT: dict[str, fields.Field] = {"next": fields.String(required=True)}
"""Pages of PAGE rows: ask with the last answer's `next`, which is "" on the last."""

_RUN: dict[str, fields.Field] = {
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

regie_overview = Method(
    OWNER,
    "regie_overview",
    request={},
    answer={
        "regies": Several(
            {"code": Code(), "label": Text(120), "channel": Code(), "payable_online": fields.Bool()}
        ),
        "months": Several(
            {
                "month": Month(),
                "billed_cents": Cents(),
                "credited_cents": Cents(),
                "paid_cents": Cents(),
                "owed_cents": Cents(),
                "bills": Count(),
            }
        ),
        "runs": Several(dict(_RUN)),
        "overdue_cents": Cents(),
        "overdue_bills": Count(),
        "suspense_cents": Cents(),
        "till_cents": Cents(),
        "till_ceiling_cents": Cents(),
    },
)
"""The régie at a glance: the last twelve months (the plot), runs, arrears, what waits, the till."""

closing = Method(
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

settle_dispute = Method(
    OWNER, "settle_dispute", request={"dispute_id": Id()}, answer={}, writes=True
)

open_run = Method(
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

read_run = Method(
    OWNER,
    "read_run",
    request={
        "run_id": Id(),
        "only": fields.String(load_default=""),
        **_AFTER,
    },
    answer={
        **_RUN,
        **_NEXT,
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

draft_lines = Method(
    OWNER,
    "draft_lines",
    request={"run_id": Id(), "household_id": Id()},
    answer={"lines": Several(dict(LINE)), "total_cents": Cents()},
)
"""The lines that a household's bill would have now."""

issue_run = Method(
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

find_payers = Method(
    OWNER,
    "find_payers",
    request={"text": Text(80)},
    answer={
        "payers": Several(
            {"household_id": Id(), "payer": Text(250), "owed_cents": Cents(), "number": Text(30)}
        )
    },
)
"""Payers of this provider by name or by a bill's number; `number` is the bill found, else "-"."""

payer_account = Method(
    OWNER,
    "payer_account",
    request={"household_id": Id()},
    answer={
        "payer": fields.List(fields.String(), required=True),
        "children": Several({"child_id": Id(), "name": Text(170)}),
        "owed_cents": Cents(),
        "credit_cents": Cents(),
        "bills": Several(dict(BILL)),
        "payments": Several(dict(PAYMENT)),
        "quotients": Several(
            {
                "cents": Cents(),
                "kind": OneOf(QUOTIENT_KINDS),
                "valid_from": Day(),
                "valid_to": Day(allow_none=True),
                "source": OneOf(QUOTIENT_SOURCES),
            }
        ),
        "shares": Several(
            {
                "child_id": Id(),
                "valid_from": Day(),
                "valid_to": Day(allow_none=True),
                "share_bp": Count(),
                "paper": Text(120),
            }
        ),
    },
)
"""A household's account with the calling provider; NotFound where it has none there."""

payer_bill = Method(
    OWNER,
    "payer_bill",
    request={"invoice_id": Id()},
    answer={
        **BILL,
        "payer": fields.List(fields.String(), required=True),
        "household_id": Id(),
        "of_number": fields.String(load_default=""),
        "lines": Several(dict(LINE)),
        "payments": Several(dict(PAYMENT)),
        "credit_notes": Several({"invoice_id": Id(), "number": Text(30), "cents": Cents()}),
    },
)

payer_bill_pdf = Method(OWNER, "payer_bill_pdf", request={"invoice_id": Id()}, answer=dict(_PDF))

credit_lines = Method(
    OWNER,
    "credit_lines",
    request={
        "invoice_id": Id(),
        "lines": Several(
            {
                "line": Count(),
                "quantity": fields.Integer(required=True, strict=True, validate=validate.Range(1)),
            },
            validate=validate.Length(1, 200),
        ),
        "reason": Text(200),
    },
    answer={"invoice_id": Id(), "number": Text(30), "cents": Cents()},
    writes=True,
)
"""
A credit note for some of a bill's lines, never an edited bill; what was paid becomes a credit.

Refusals: NotFound, TooMuch (more than the line still holds).
"""

correct_quotient = Method(
    OWNER,
    "correct_quotient",
    request={
        "household_id": Id(),
        "cents": Cents(validate=validate.Range(0, 10_000_000)),
        "kind": OneOf(QUOTIENT_KINDS),
        "valid_from": Day(),
        "valid_to": MaybeDay(),
        "source": OneOf(("checked", "corrected")),
    },
    answer={"months": fields.List(Month(required=False), required=True)},
    writes=True,
)
"""
What the statement says; `months` are those whose bills change by it, at this provider.

Each changes by a credit note and a new line at the next run; no issued bill is edited.
"""

set_shares = Method(
    OWNER,
    "set_shares",
    request={
        "child_id": Id(),
        "valid_from": Day(),
        "valid_to": MaybeDay(),
        "paper": Text(120),
        "shares": Several(
            {
                "household_id": Id(),
                "share_bp": fields.Integer(
                    required=True, strict=True, validate=validate.Range(1, 10_000)
                ),
            },
            validate=validate.Length(1, 2),
        ),
    },
    answer={},
    writes=True,
)
"""
Who pays which part of a child's lines at this provider, from a paper seen (judgment, agreement).

Parts of 10 000, of both households together. Each part is priced with its own payer's quotient, so
that neither bill betrays the other's. One share of 10 000 ends the division.
"""

payments_of = Method(
    OWNER,
    "payments_of",
    request={"first": Day(), "last": Day(), **_AFTER},
    answer={
        **_NEXT,
        "payments": Several({**PAYMENT, "payer": Text(250), "slip": fields.String(required=True)}),
        "totals": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
    },
)
"""Payments between two days, the latest first, and the sum of those that came by means."""

arrears = Method(
    OWNER,
    "arrears",
    request=dict(_AFTER),
    answer={
        **_NEXT,
        "bills": Several(
            {
                **BILL,
                "household_id": Id(),
                "payer": Text(250),
                "reminders": Count(),
                "reminded_on": MaybeDay(),
            }
        ),
        "total_cents": Cents(),
    },
)
"""Bills past their due date with something owed, the oldest first."""

remind = Method(
    OWNER,
    "remind",
    request={
        "invoices": fields.List(Id(required=False), required=True, validate=validate.Length(1, 200))
    },
    answer={"reminded": Count()},
    writes=True,
)
"""Remind of overdue bills; who has paid, or whose payment is being checked, is left in peace."""

take_payment = Method(
    OWNER,
    "take_payment",
    request={
        "regie": Code(),
        "means": OneOf(COUNTER_MEANS),
        "cents": Cents(validate=validate.Range(1, 10_000_000)),
        "invoice_id": _maybe_id(),
        "household_id": _maybe_id(),
        "payer": fields.String(load_default="", validate=validate.Length(0, 120)),
        "cheque": fields.String(load_default="", validate=validate.Length(0, 30)),
        "bank": fields.String(load_default="", validate=validate.Length(0, 60)),
        "received_on": Day(),
    },
    answer={
        "payment_id": Id(),
        "receipt": Text(30),
        "allocated_cents": Cents(),
        "credited_cents": Cents(),
        "suspense_cents": Cents(),
    },
    writes=True,
)
"""
Cash, a cheque or a transfer: a receipt at once.

What exceeds the bill stays as the household's credit; without a debtor it waits in suspense.
Refusals: DayClosed, TillFull (cash above the ceiling: deposit first).
"""

suspense = Method(
    OWNER,
    "suspense",
    request=dict(_AFTER),
    answer={
        **_NEXT,
        "payments": Several({**PAYMENT, "payer": fields.String(required=True)}),
        "total_cents": Cents(),
    },
)
"""Money whose debtor is not known yet, the oldest first."""

assign_suspense = Method(
    OWNER,
    "assign_suspense",
    request={"payment_id": Id(), "household_id": Id(), "invoice_id": _maybe_id()},
    answer={"allocated_cents": Cents(), "credited_cents": Cents()},
    writes=True,
)

reverse_payment = Method(
    OWNER,
    "reverse_payment",
    request={"payment_id": Id(), "reason": OneOf(("bank_rejected", "taken_by_mistake"))},
    answer={},
    writes=True,
)
"""A cheque that the bank rejects, a mistake at the counter: the opposite entry, nothing deleted."""

refund = Method(
    OWNER,
    "refund",
    request={"household_id": Id(), "cents": Cents(validate=validate.Range(1)), "paper": Text(120)},
    answer={},
    writes=True,
)
"""Pay a credit back by transfer. Refusals: TooMuch."""

till = Method(
    OWNER,
    "till",
    request={"regie": Code(), "day": Day()},
    answer={
        "closed_at": Moment(required=False, load_default=None, allow_none=True),
        "opening_cents": Cents(),
        "cash_cents": Cents(),
        "ceiling_cents": Cents(),
        "totals": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
        "takings": Several({**PAYMENT, "payer": fields.String(required=True)}),
        "cheques_to_deposit": Several({**PAYMENT, "payer": fields.String(required=True)}),
        "slips": Several(
            {
                "slip_id": Id(),
                "number": Text(30),
                "kind": Code(),
                "count": Count(),
                "cents": Cents(),
                "on": Day(),
            }
        ),
    },
)
"""The counter's day: what was taken, what is in the cash box, which cheques are to be deposited."""

close_day = Method(
    OWNER,
    "close_day",
    request={"regie": Code(), "day": Day(), "counted_cents": Cents()},
    answer={"difference_cents": Cents()},
    writes=True,
)
"""Close the counter's day with the cash as counted; it cannot be opened again. DayClosed."""

deposit = Method(
    OWNER,
    "deposit",
    request={
        "regie": Code(),
        "kind": OneOf((CASH, CHEQUE)),
        "cents": Cents(required=False, load_default=0),
        "day": Day(),
    },
    answer={"slip_id": Id(), "number": Text(30), "count": Count(), "cents": Cents()},
    writes=True,
)
"""A deposit slip: all cheques that wait, or so much cash. Refusals: NothingOwed, TooMuch."""

deposit_pdf = Method(OWNER, "deposit_pdf", request={"slip_id": Id()}, answer=dict(_PDF))

payer_receipt_pdf = Method(
    OWNER, "payer_receipt_pdf", request={"payment_id": Id()}, answer=dict(_PDF)
)

certificates = Method(
    OWNER,
    "certificates",
    request={"year": Count()},
    answer={
        "issued": Count(),
        "total_cents": Cents(),
        "changed": Several(
            {
                "household_id": Id(),
                "payer": Text(250),
                "child": Text(170),
                "issued_cents": Cents(),
                "now_cents": Cents(),
            }
        ),
    },
)
"""
A year's tax certificates (art. 200 quater B CGI): issued ones, and those that would differ now.

A certificate once issued does not change by itself.
"""

issue_certificates = Method(
    OWNER,
    "issue_certificates",
    request={
        "year": Count(),
        "replace": fields.Boolean(load_default=False),
    },
    answer={"issued": Count(), "replaced": Count(), "remaining": Count()},
    writes=True,
)
"""
Issue what is missing; with `replace` also a new version of those that would differ now.

Some hundred at a time: `remaining` households are to be looked at still, by asking again.
"""

bill_demo_month = Method(
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


class TooMuch(Refusal):
    """More than there is; `detail["most"]` in cents or units."""

    code = "too_much"


class DayClosed(Refusal):
    """The counter's day is closed, and cannot be opened again."""

    code = "day_closed"


class TillFull(Refusal):
    """The cash box would exceed its ceiling; `detail["ceiling_cents"]`."""

    code = "till_full"
