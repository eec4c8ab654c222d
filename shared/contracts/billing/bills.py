"""What billing answers families, and what it tells the portal: bills, quotients, prices."""

from marshmallow import fields, validate

from shared.contracts.enrolment.attendance import PRESENT
from shared.contracts.enrolment.tariffs import TAX_CATEGORIES
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    FILE,
    PART,
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
    Version,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "billing"

INVOICE, CREDIT_NOTE = "invoice", "credit_note"
KINDS = (INVOICE, CREDIT_NOTE)

DUE, PARTLY_PAID, PAID = "due", "partly_paid", "paid"
OVERDUE, CREDITED, TRANSFERRED = "overdue", "credited", "transferred"
INVOICE_STATES = (
    DUE,
    PARTLY_PAID,
    PAID,
    OVERDUE,  # the due date has passed and something is owed
    CREDITED,  # nothing is owed, by a credit note and without a payment
    TRANSFERRED,  # to the public accountant: paid there, not here any more
)

ONLINE, CHEQUE, CASH, TRANSFER, CREDIT = "online", "cheque", "cash", "transfer", "credit"
TREASURY, DEBIT = "treasury", "debit"
MEANS = (ONLINE, CHEQUE, CASH, TRANSFER, CREDIT, TREASURY, DEBIT)
"""
How something was paid; `credit` is what was paid too much, or given back by a credit note.

`treasury` came to the public accountant, who says so by a return file; `debit` by a mandate.
"""

INITIATED, PENDING, REFUSED = "initiated", "pending", "refused"
CANCELLED, EXPIRED, REVERSED, DISCREPANT = "cancelled", "expired", "reversed", "discrepant"
PAYMENT_STATES = (
    INITIATED,  # ours, not yet known to PayFiP: nobody was sent there
    PENDING,  # at PayFiP, or its result is not known yet
    PAID,
    REFUSED,
    CANCELLED,
    EXPIRED,
    REVERSED,  # paid, then rejected by the bank
    DISCREPANT,  # PayFiP answers something else than was asked (amount, reference, test mode)
)

QUOTIENT_KINDS = ("caf", "msa", "municipal", "tax")
QUOTIENT_SOURCES = (
    "declared",  # by the family, with its statement to hand
    "checked",  # an agent of a régie saw the statement
    "corrected",  # an agent of a régie corrected it
    "imported",  # from another software
)

PRICE_REASONS = (
    "flat",
    "band",
    "effort",
    "effort_floor",
    "effort_ceiling",
    "maximum",  # no quotient is known for that day: the highest price, until it is
    "surcharge",
    "no_price",  # the provider has published no price for that day
)

Reason = dict[str, fields.Field]
REASON: Reason = {
    "code": fields.String(required=True, validate=validate.OneOf(PRICE_REASONS)),
    "params": fields.Dict(keys=fields.String(), load_default=dict),
}
"""
Why a price is what it is, for one sentence in the reader's language.

`params` may hold: band (label), from_cents, to_cents, quotient_cents, quotient_kind,
quotient_from (day), rate_ppm, floor_cents, ceiling_cents, residence (label), commune, rank,
percent (less, for siblings), share_bp, decision, previous_cents; of a surcharge label, effect
(add, replace), cents.
"""


BILL: dict[str, fields.Field] = {
    "invoice_id": Id(),
    "number": Text(30),
    "kind": OneOf(KINDS),
    "month": Month(),
    "issued_on": Day(),
    "due_on": Day(),
    "total_cents": Cents(),
    "balance_cents": Cents(),
    "state": OneOf(INVOICE_STATES),
    "checking": fields.Boolean(required=True),
    "debit_on": MaybeDay(),
    "taken_over": fields.Boolean(load_default=False),
}
"""
One bill as a list shows it; a credit note has a negative total and no balance.

`balance_cents` is what is still owed, here or, of a bill that is `transferred`, at the Treasury.

`checking`: a payment of it is under way, and its result not known yet. `debit_on`: it is by direct
debit, on that day. `taken_over`: another software issued it; `read_past_bill` explains it.
"""

PAYMENT: dict[str, fields.Field] = {
    "payment_id": Id(),
    "invoice_id": fields.String(load_default=None, allow_none=True),
    "number": fields.String(load_default=""),
    "at": Moment(),
    "means": OneOf(MEANS),
    "cents": Cents(),
    "state": OneOf(PAYMENT_STATES),
    "receipt": fields.String(load_default=""),
    "taken_over": fields.Boolean(load_default=False),
}
"""
One payment as a list shows it; `number` is its bill's, `receipt` the number of its receipt.

`taken_over`: it came to another software, whose number it has.
"""

bill_card = UntypedEvent(
    OWNER,
    "bill_card",
    fields={
        "household_id": Id(),
        "provider": Code(),
        "version": Version(),
        "at": Moment(),
        "owed_cents": Cents(),
        "credit_cents": Cents(),
        "bills": Several(dict(BILL)),
        "payments": Several(dict(PAYMENT)),
    },
)
"""
What one household owes and paid at one provider: whole state, versioned per household and provider.

All that is open, and the last twenty-four bills and payments, newest first. `owed_cents` is the sum
of open balances, without what is owed at the Treasury; `credit_cents` is what the household has too
much at the provider.
"""

bill_notice = UntypedEvent(
    OWNER,
    "bill_notice",
    fields={
        "household_id": Id(),
        "provider": Code(),
        "key": Text(80),
        "kind": OneOf(
            (
                "bill_issued",
                "credit_note_issued",
                "bill_paid",
                "payment_refused",
                "bill_reminder",
                "bill_transferred",
                "debit_coming",
                "debit_rejected",
            )
        ),
        "detail": fields.Dict(load_default=dict),
        "at": Moment(),
    },
)
"""Something about bills that a household is told once; `detail`: number, month, cents, due_on."""

LINE: dict[str, fields.Field] = {
    "line": Count(),
    "child": fields.String(required=True),
    "label": Text(120),
    "part": Text(60),
    "month": Month(),
    "days": fields.List(Day(required=False), required=True),
    "outcome": fields.String(load_default=PRESENT),
    "quantity": Count(),
    "unit_cents": Cents(),
    "cents": Cents(),
    "tax": OneOf(TAX_CATEGORIES),
    "share_bp": fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000)),
    "reason": fields.Nested(REASON, required=True),
    "disputed": fields.Boolean(required=True),
    "tax_years": fields.List(fields.Integer(strict=True), load_default=list),
}
"""
A line of a bill. `child` is a first name, "" for what the household owes as such.

`tax_years`: for which years' tax credit it counts (art. 200 quater B CGI), by the child's age.

`month` is the month that it is about: an earlier one than the bill's is carried forward, or
corrected. `cents` = `quantity` × `unit_cents`, then the share of this payer (`share_bp` of 10 000).
"""

read_bill = UntypedMethod(
    OWNER,
    "read_bill",
    request={"invoice_id": Id()},
    answer={
        **BILL,
        "provider": Code(),
        "regie": Text(120),
        "deed": fields.String(required=True),
        "channel": Code(),
        "payer": fields.List(fields.String(), required=True),
        "reference": Text(30),
        "key": Text(10),
        "of_number": fields.String(load_default=""),
        "lines": Several(dict(LINE)),
        "payments": Several(dict(PAYMENT)),
        "credit_notes": Several({"invoice_id": Id(), "number": Text(30), "cents": Cents()}),
        "payable_online": fields.Boolean(required=True),
    },
)
"""A bill of the guardian's own household, whole; `payer` are the lines of its address block."""

bill_pdf = UntypedMethod(
    OWNER,
    "bill_pdf",
    request={"invoice_id": Id(), **PART},
    answer=dict(FILE),
)
"""The document of a bill or a credit note, base64; the same bytes each time it is asked for."""

receipt_pdf = UntypedMethod(
    OWNER,
    "receipt_pdf",
    request={"payment_id": Id(), **PART},
    answer=dict(FILE),
)
"""The receipt of a payment that came, base64; NotFound for any other."""

dispute_line = UntypedMethod(
    OWNER,
    "dispute_line",
    request={
        "invoice_id": Id(),
        "line": Count(),
        "reason": OneOf(("not_there", "wrong_quantity", "wrong_price", "other")),
    },
    answer={},
    writes=True,
)
"""Report a line as wrong; the régie finds it before its next run. No text travels."""

_QUOTIENT: dict[str, fields.Field] = {
    "cents": Cents(validate=validate.Range(0, 10_000_000)),
    "kind": OneOf(QUOTIENT_KINDS),
    "valid_from": Day(),
    "valid_to": MaybeDay(),
}

my_quotients = UntypedMethod(
    OWNER,
    "my_quotients",
    request={"household_id": Id()},
    answer={
        "quotients": Several(
            {**_QUOTIENT, "source": OneOf(QUOTIENT_SOURCES), "recorded_at": Moment()}
        )
    },
)
"""What billing knows of a household's quotient, the latest first; no service sees it (rule R11)."""

declare_quotient = UntypedMethod(
    OWNER,
    "declare_quotient",
    request={"household_id": Id(), **_QUOTIENT},
    answer={},
    writes=True,
)
"""
A guardian says the household's quotient (cents a month) from a day on, once, for the town.

A year back at most. Refusals: QuotientChecked.
"""

simulate = UntypedMethod(
    OWNER,
    "simulate",
    request={
        "household_id": Id(),
        "child_id": Id(),
        "wanted": Several(
            {"provider": Code(), "activity": Code()}, validate=validate.Length(1, 40)
        ),
        "quotient_cents": Cents(required=False, load_default=None, allow_none=True),
        "on": Day(),
        "variant": fields.String(load_default=""),
    },
    answer={
        "prices": Several(
            {
                "provider": Code(),
                "activity": Code(),
                "label": Text(120),
                "unit": Code(),
                "total_cents": Cents(),
                "parts": Several(
                    {
                        "label": Text(60),
                        "cents": Cents(),
                        "reason": fields.Nested(REASON, required=True),
                    }
                ),
                "surcharges": Several(
                    {"label": Text(60), "when": Code(), "effect": Code(), "cents": Cents()}
                ),
            }
        )
    },
)
"""
What would I pay: one unit of each activity for a child, on a day; of several tariffs of an activity
one line each.

With the household's own quotient, or the one typed. An activity without a tariff is left out.
"""

my_certificates = UntypedMethod(
    OWNER,
    "my_certificates",
    request={"household_id": Id()},
    answer={
        "certificates": Several(
            {
                "certificate_id": Id(),
                "provider": Code(),
                "child": fields.String(required=True),
                "year": Count(),
                "cents": Cents(),
                "issued_on": Day(),
            }
        )
    },
)
"""Tax certificates that a régie has issued: the last version of each."""

certificate_pdf = UntypedMethod(
    OWNER,
    "certificate_pdf",
    request={"certificate_id": Id(), **PART},
    answer=dict(FILE),
)


import_quotients = UntypedMethod(
    OWNER,
    "import_quotients",
    request={
        "quotients": Several({"household_id": Id(), **_QUOTIENT}, validate=validate.Length(1, 500))
    },
    answer={"recorded": Count()},
    writes=True,
)
"""Quotients from another software, of households that have none yet; never read back."""


class QuotientChecked(Refusal):
    """A régie saw a statement for that day or a later one: it alone corrects what it saw."""

    code = "quotient_checked"


class NothingOwed(Refusal):
    """The bill is settled already."""

    code = "nothing_owed"


class NotPayableOnline(Refusal):
    """Transferred to the Treasury, below the least or above the most that PayFiP takes."""

    code = "not_payable_online"


class PaymentUnderWay(Refusal):
    """Another payment of this bill is being checked; `detail["until"]` is when to try again."""

    code = "payment_under_way"
