"""What billing answers about paying: online by PayFiP, signed in or by a bill's reference."""

from marshmallow import fields, validate

from shared.contracts.billing.bills import INVOICE_STATES, PAYMENT_STATES
from shared.contracts.formats import Cents, Code, Day, Id, OneOf, Text
from shared.contracts.message import UntypedMethod

OWNER = "billing"

REFERENCE = validate.Regexp(r"^\d{14}\Z")
KEY = validate.Regexp(r"^[A-HJ-NP-Z2-9]{8}\Z")
"""Eight characters that nobody confuses, printed beside the reference: no number can be guessed."""

PAYFIP_SECONDS = 10.0
"""
How long to wait for what asks PayFiP first: twice four seconds at most, and our own work.

Whoever waits for less takes PayFiP's silence for billing's, and stops asking it for anything.
"""

_EMAIL = validate.And(validate.Length(6, 80), validate.Email())


_BY_REFERENCE = {
    "reference": fields.String(required=True, validate=REFERENCE),
    "key": fields.String(required=True, validate=KEY),
}

start_payment = UntypedMethod(
    OWNER,
    "start_payment",
    request={"invoice_id": Id(), "email": fields.String(required=True, validate=_EMAIL)},
    answer={"payment_id": Id(), "url": Text(500)},
)
"""
Begin to pay a bill of one's household: the address at PayFiP to send the person to.

Asked twice (double click, two tabs, two parents) it is the same payment while that one is open.
Refusals: NotFound, NothingOwed, NotPayableOnline, PaymentUnderWay, Unavailable (PayFiP is silent).
"""

payment_state = UntypedMethod(
    OWNER,
    "payment_state",
    request={"payment_id": Id()},
    answer={
        "state": OneOf(PAYMENT_STATES),
        "invoice_id": Id(),
        "provider": Code(),
        "cents": Cents(),
        "credited_cents": Cents(),
    },
)
"""
What became of an online payment, asked of PayFiP where it is open: never what a browser brought.

`credited_cents` is what was too much and stays as a credit.
"""

note_notification = UntypedMethod(
    OWNER,
    "note_notification",
    request={"idop": Text(80)},
    answer={},
)
"""PayFiP's call says only which operation; its result is asked for. Unknown: nothing happens."""

find_bill = UntypedMethod(
    OWNER,
    "find_bill",
    request=dict(_BY_REFERENCE),
    answer={
        "provider": Code(),
        "number": Text(30),
        "balance_cents": Cents(),
        "due_on": Day(),
        "state": OneOf(INVOICE_STATES),
        "payable_online": fields.Boolean(required=True),
    },
)
"""A bill by what is printed on it, without an account: neither whose it is nor what it is for."""

start_payment_by_reference = UntypedMethod(
    OWNER,
    "start_payment_by_reference",
    request={**_BY_REFERENCE, "email": fields.String(required=True, validate=_EMAIL)},
    answer={"payment_id": Id(), "url": Text(500)},
)

payment_state_by_reference = UntypedMethod(
    OWNER,
    "payment_state_by_reference",
    request={**_BY_REFERENCE, "payment_id": Id()},
    answer={"state": OneOf(PAYMENT_STATES), "cents": Cents()},
)
