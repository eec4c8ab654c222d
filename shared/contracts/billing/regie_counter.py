"""
The counter of a régie: takings with a receipt, money without a debtor, the till and its deposits.

The provider is the caller, and the person a régisseur there, as in `regie`.
"""

from marshmallow import fields, validate

from shared.contracts.billing.bills import CASH, CHEQUE, PAYMENT, TRANSFER
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
    MaybeId,
    Moment,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import UntypedMethod

OWNER = "billing"
SLIPS_SHOWN = 50

COUNTER_MEANS = (CASH, CHEQUE, TRANSFER)

take_payment = UntypedMethod(
    OWNER,
    "take_payment",
    request={
        "regie": Code(),
        "means": OneOf(COUNTER_MEANS),
        "cents": Cents(validate=validate.Range(1, 10_000_000)),
        "invoice_id": MaybeId(),
        "household_id": MaybeId(),
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

suspense = UntypedMethod(
    OWNER,
    "suspense",
    request=dict(AFTER),
    answer={
        **NEXT,
        "payments": Several({**PAYMENT, "payer": fields.String(required=True)}),
        "total_cents": Cents(),
    },
)
"""Money whose debtor is not known yet, the oldest first."""

assign_suspense = UntypedMethod(
    OWNER,
    "assign_suspense",
    request={"payment_id": Id(), "household_id": Id(), "invoice_id": MaybeId()},
    answer={"allocated_cents": Cents(), "credited_cents": Cents()},
    writes=True,
)

reverse_payment = UntypedMethod(
    OWNER,
    "reverse_payment",
    request={"payment_id": Id(), "reason": OneOf(("bank_rejected", "taken_by_mistake"))},
    answer={},
    writes=True,
)
"""A cheque that the bank rejects, a mistake at the counter: the opposite entry, nothing deleted."""

refund = UntypedMethod(
    OWNER,
    "refund",
    request={"household_id": Id(), "cents": Cents(validate=validate.Range(1)), "paper": Text(120)},
    answer={},
    writes=True,
)
"""Pay a credit back by transfer. Refusals: TooMuch."""

till = UntypedMethod(
    OWNER,
    "till",
    request={
        "regie": Code(),
        "day": Day(),
        **AFTER,
        "cheques_after": fields.String(load_default=""),
    },
    answer={
        "closed_at": Moment(required=False, load_default=None, allow_none=True),
        "opening_cents": Cents(),
        "cash_cents": Cents(),
        "ceiling_cents": Cents(),
        "totals": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
        "takings": Several({**PAYMENT, "payer": fields.String(required=True)}),
        **NEXT,
        "cheques_to_deposit": Several({**PAYMENT, "payer": fields.String(required=True)}),
        "cheques_next": fields.String(required=True),
        "cheques": Count(),
        "cheques_cents": Cents(),
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
"""
The counter's day: what was taken, what is in the cash box, which cheques are to be deposited.

A page of the takings and one of the cheques: `next` and `cheques_next` lead on, "" on the last.
`cheques` are all that wait, with their `cheques_cents`; the last SLIPS_SHOWN of the slips.
"""

close_day = UntypedMethod(
    OWNER,
    "close_day",
    request={"regie": Code(), "day": Day(), "counted_cents": Cents()},
    answer={"difference_cents": Cents()},
    writes=True,
)
"""Close the counter's day with the cash as counted; it cannot be opened again. DayClosed."""

deposit = UntypedMethod(
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

deposit_pdf = UntypedMethod(
    OWNER, "deposit_pdf", request={"slip_id": Id(), **PART}, answer=dict(FILE)
)

payer_receipt_pdf = UntypedMethod(
    OWNER, "payer_receipt_pdf", request={"payment_id": Id(), **PART}, answer=dict(FILE)
)


class DayClosed(Refusal):
    """The counter's day is closed, and cannot be opened again."""

    code = "day_closed"


class TillFull(Refusal):
    """The cash box would exceed its ceiling; `detail["ceiling_cents"]`."""

    code = "till_full"
