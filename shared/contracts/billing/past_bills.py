"""
Past bills and payments of another software, in batches from operations: kept, shown, never owed.

They have that software's own numbers and stand outside of the ledger and of every number series:
nothing is billed, reminded, collected or certified from them (rule R10).
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.contracts.billing.bills import (
    BILL,
    CREDITED,
    INVOICE,
    KINDS,
    MEANS,
    PAID,
    PAYMENT,
    TRANSFERRED,
)
from shared.contracts.dossier.activity_history import BATCH
from shared.contracts.formats import Cents, Code, Count, Day, Id, Month, OneOf, Several, Text
from shared.contracts.message import UntypedMethod

OWNER = "billing"

OVER = (PAID, CREDITED, TRANSFERRED)
"""
States of a past bill. What is still owed to a régie is settled in the software that issued it, or
handed over to the public accountant there: it has no number here by which it could be paid.
"""

NUMBER = 30
"""The longest number of a bill or a payment."""
AT_ONCE = 200
"""The most bills, and the most payments, of one request: a message has a size."""

LINE: dict[str, fields.Field] = {
    "label": Text(120),
    "child": fields.String(load_default="", validate=validate.Length(0, 80)),
    "quantity": Count(required=False, load_default=None, allow_none=True),
    "cents": Cents(),
}
"""A line as that software printed it; `child` is a first name, "" for the household's own."""


class PastBill(Schema):
    """
    One bill: cents, a credit note negative. `balance_cents` is owed at the Treasury alone.

    `number` is that software's own, once for each provider.
    """

    number = Text(NUMBER)
    household_id = Id()
    kind = fields.String(load_default=INVOICE, validate=validate.OneOf(KINDS))
    month = Month()
    issued_on = Day()
    due_on = Day()
    total_cents = Cents()
    balance_cents = fields.Integer(strict=True, load_default=0, validate=validate.Range(0))
    state = OneOf(OVER)
    lines = Several(dict(LINE), required=False, load_default=list, validate=validate.Length(0, 60))

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        invoice = data["kind"] == INVOICE
        if invoice != (data["total_cents"] >= 0):
            raise ValidationError("An invoice is of 0 or more, a credit note of less.", "kind")
        if not invoice and data["state"] != CREDITED:
            raise ValidationError("A credit note is “credited”.", "state")
        at_treasury = data["state"] == TRANSFERRED
        if data["balance_cents"] and not at_treasury:
            raise ValidationError("Only what is transferred is still owed.", "balance_cents")
        if data["balance_cents"] > max(0, data["total_cents"]):
            raise ValidationError("More than the bill.", "balance_cents")


class PastPayment(Schema):
    """One payment that came: cents; `number` is its bill's, "" for none."""

    reference = Text(NUMBER)
    household_id = Id()
    number = fields.String(load_default="", validate=validate.Length(0, NUMBER))
    paid_on = Day()
    means = OneOf(MEANS)
    cents = Cents(validate=validate.Range(1))


UNKNOWN_HOUSEHOLD, OTHER_BATCH = "unknown_household", "other_batch"
TWICE, TO_COME = "twice", "to_come"
WHYS = (
    UNKNOWN_HOUSEHOLD,  # the dossier has not told billing of it: perhaps not yet
    OTHER_BATCH,  # that number came with another batch, and is that one's to change
    TWICE,  # an earlier row of the same request has that number
    TO_COME,  # of a day that is still to come
)

BILLS, PAYMENTS = "bills", "payments"

import_past_bills = UntypedMethod(
    OWNER,
    "import_past_bills",
    request={
        "batch": fields.String(required=True, validate=BATCH),
        "provider": Code(),
        BILLS: Several(
            PastBill, required=False, load_default=list, validate=validate.Length(0, AT_ONCE)
        ),
        PAYMENTS: Several(
            PastPayment, required=False, load_default=list, validate=validate.Length(0, AT_ONCE)
        ),
    },
    answer={
        "new": Count(),
        "changed": Count(),
        "same": Count(),
        "refused": Several(
            {"of": OneOf((BILLS, PAYMENTS)), "number": Text(30), "why": OneOf(WHYS)}
        ),
    },
    writes=True,
)
"""
Past bills and payments of one provider of the town, here or gone from it.

A batch may come in several requests, and again: a row that is the same changes nothing, one that
differs replaces itself; a row that comes no more stays until the batch is undone. A refused row
keeps no other back. Refusals: BadRequest for a provider that the town never had.
"""

undo_past_bills = UntypedMethod(
    OWNER,
    "undo_past_bills",
    request={"batch": fields.String(required=True, validate=BATCH)},
    answer={"removed": Count(), "remaining": Count()},
    writes=True,
)
"""Takes a batch back, some households at a time: ask again while some are `remaining`."""

read_past_bill = UntypedMethod(
    OWNER,
    "read_past_bill",
    request={"invoice_id": Id()},
    answer={
        **BILL,
        "provider": Code(),
        "lines": Several(dict(LINE)),
        "payments": Several(dict(PAYMENT)),
    },
)
"""A past bill of the guardian's own household; that software printed its document, not this one."""
