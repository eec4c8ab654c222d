"""
What billing answers a régisseur, at the desk of the provider whose régie it is.

The provider is the caller, never a field; the person must hold a role with the act "regie" there.
Of another provider's bills there is nothing to find. Amounts are integer cents.
"""

from marshmallow import fields, validate

from shared.contracts.billing.bills import BILL, LINE, PAYMENT, QUOTIENT_KINDS, QUOTIENT_SOURCES
from shared.contracts.billing.regie_runs import RUN
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    AFTER,
    FILE,
    NEXT,
    PART,
    Cents,
    Code,
    Count,
    Day,
    Id,
    MaybeDay,
    Month,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import UntypedMethod

OWNER = "billing"

PAGE = 50

PROTECTED = fields.Boolean(load_default=False, dump_default=False)
"""A protected household (rule R9): `payer` is its name alone, and no line says where it lives."""

regie_overview = UntypedMethod(
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
        "runs": Several(dict(RUN)),
        "overdue_cents": Cents(),
        "overdue_bills": Count(),
        "suspense_cents": Cents(),
        "till_cents": Cents(),
        "till_ceiling_cents": Cents(),
    },
)
"""The régie at a glance: the last twelve months (the plot), runs, arrears, what waits, the till."""


find_payers = UntypedMethod(
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

payer_account = UntypedMethod(
    OWNER,
    "payer_account",
    request={"household_id": Id()},
    answer={
        "payer": fields.List(fields.String(), required=True),
        "protected": PROTECTED,
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
"""
A household's account with the calling provider; NotFound where it has none there.

A protected household has one where it has a bill.
"""

payer_bill = UntypedMethod(
    OWNER,
    "payer_bill",
    request={"invoice_id": Id()},
    answer={
        **BILL,
        "payer": fields.List(fields.String(), required=True),
        "protected": PROTECTED,
        "household_id": Id(),
        "of_number": fields.String(load_default=""),
        "lines": Several(dict(LINE)),
        "payments": Several(dict(PAYMENT)),
        "credit_notes": Several({"invoice_id": Id(), "number": Text(30), "cents": Cents()}),
    },
)

payer_bill_pdf = UntypedMethod(
    OWNER, "payer_bill_pdf", request={"invoice_id": Id(), **PART}, answer=dict(FILE)
)

credit_lines = UntypedMethod(
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

correct_quotient = UntypedMethod(
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

set_shares = UntypedMethod(
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

payments_of = UntypedMethod(
    OWNER,
    "payments_of",
    request={"first": Day(), "last": Day(), **AFTER},
    answer={
        **NEXT,
        "payments": Several({**PAYMENT, "payer": Text(250), "slip": fields.String(required=True)}),
        "totals": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
    },
)
"""Payments between two days, the latest first, and the sum of those that came by means."""

arrears = UntypedMethod(
    OWNER,
    "arrears",
    request=dict(AFTER),
    answer={
        **NEXT,
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

remind = UntypedMethod(
    OWNER,
    "remind",
    request={
        "invoices": fields.List(Id(required=False), required=True, validate=validate.Length(1, 200))
    },
    answer={"reminded": Count()},
    writes=True,
)
"""Remind of overdue bills; who has paid, or whose payment is being checked, is left in peace."""


certificates = UntypedMethod(
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

issue_certificates = UntypedMethod(
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


class TooMuch(Refusal):
    """More than there is; `detail["most"]` in cents or units."""

    code = "too_much"
