"""Contracts of payment: online by PayFiP, signed in or by a bill's reference."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from marshmallow import validate

from shared.contracts.billing.bills import Number, PaymentState, State
from shared.contracts.message import Empty, Method
from shared.contracts.values import Cents, Code, Day, Id, Moment, text

OWNER = "billing"

REFERENCE = validate.Regexp(r"^\d{14}\Z")
KEY = validate.Regexp(r"^[A-HJ-NP-Z2-9]{8}\Z")
"""Eight unambiguous characters, printed beside the reference: no number can be guessed."""

PAYFIP_SECONDS = 10.0
"""
Deadline of what asks PayFiP first: twice four seconds at most, and our own work.

A shorter deadline would take PayFiP's timeout for billing's, and mark billing unavailable.
"""

BETWEEN_TWO = timedelta(minutes=20)
"""The least time between two operations of one bill, where the first one's result is unknown."""

Email = Annotated[str, validate.And(validate.Length(6, 80), validate.Email())]


@dataclass(frozen=True, kw_only=True)
class ByReference:
    """A request with a bill's reference and key."""

    reference: Annotated[str, REFERENCE]
    key: Annotated[str, KEY]


@dataclass(frozen=True)
class StartedPayment:
    """A payment that is open, and the address at PayFiP to send the person to."""

    payment_id: Id
    url: Annotated[str, text(500)]


@dataclass(frozen=True)
class StartPaymentRequest:
    """`part_cents`: the part of its plan that was on the screen, null to pay what is owed."""

    invoice_id: Id
    email: Email
    part_cents: Cents | None = None


start_payment = Method(OWNER, "start_payment", StartPaymentRequest, StartedPayment)
"""
Begin to pay a bill of one's household.

Asked twice (double click, two tabs, two parents) it is the same payment while that one is open.
Refusals: NotFound, NothingOwed, NotPayableOnline, PaymentUnderWay, Outdated (the plan asks for
another part by now), PayFipSilent.
"""


@dataclass(frozen=True)
class StartAdvanceRequest:
    """Of a household to a régie, in cents."""

    regie: Code
    household_id: Id
    cents: Cents
    email: Email


start_advance = Method(OWNER, "start_advance", StartAdvanceRequest, StartedPayment)
"""
Begin to pay a régie in advance: it pays what is owed when it comes, then bills as they are issued.

Asked twice it is the same payment while that one is open. Refusals: NotFound (the régie takes
none), TooMuchInAdvance, NotPayableOnline, PaymentUnderWay, PayFipSilent.
"""


@dataclass(frozen=True)
class PaymentStateRequest:
    payment_id: Id


@dataclass(frozen=True)
class PaymentStateAnswer:
    """
    `others_cents` is what was too much and paid other bills of the household there,
    `credited_cents` what stays as a credit.

    `left`: the person left PayFiP without paying, and may still go on there for a moment. `until`:
    the moment before which the bill is not to be paid again, while no result is known. An advance
    is of no bill.
    """

    state: PaymentState
    invoice_id: Id | None
    provider: Code
    cents: Cents
    credited_cents: Cents
    others_cents: Cents = 0
    left: bool = False
    until: Moment | None = None


payment_state = Method(OWNER, "payment_state", PaymentStateRequest, PaymentStateAnswer)
"""
State of an online payment, asked of PayFiP where it is open: never what a browser brought.
"""


@dataclass(frozen=True)
class NoteNotificationRequest:
    idop: Annotated[str, text(80)]


note_notification = Method(OWNER, "note_notification", NoteNotificationRequest, Empty)
"""PayFiP's call says only which operation; its result is asked for. Unknown: nothing happens."""


@dataclass(frozen=True, kw_only=True)
class FindBillRequest(ByReference):
    """Reference and key as printed on the bill."""


@dataclass(frozen=True)
class FindBillAnswer:
    """
    A bill; where it is paid in parts, `part_cents` are the next one and `due_on` its day; else 0.

    A bill on hold has no `due_on`: nobody is to read that it is late, nor that it is on hold.
    """

    provider: Code
    number: Number
    balance_cents: Cents
    due_on: Day | None
    state: State
    payable_online: bool
    part_cents: Cents = 0


find_bill = Method(OWNER, "find_bill", FindBillRequest, FindBillAnswer)
"""A bill by what is printed on it, without an account: neither whose it is nor what it is for."""


@dataclass(frozen=True, kw_only=True)
class StartPaymentByReferenceRequest(ByReference):
    """`part_cents` as in StartPaymentRequest."""

    email: Email
    part_cents: Cents | None = None


start_payment_by_reference = Method(
    OWNER, "start_payment_by_reference", StartPaymentByReferenceRequest, StartedPayment
)


@dataclass(frozen=True, kw_only=True)
class PaymentStateByReferenceRequest(ByReference):
    payment_id: Id


@dataclass(frozen=True)
class PaymentStateByReferenceAnswer:
    """`left` and `until` as in PaymentStateAnswer."""

    state: PaymentState
    cents: Cents
    left: bool = False
    until: Moment | None = None


payment_state_by_reference = Method(
    OWNER,
    "payment_state_by_reference",
    PaymentStateByReferenceRequest,
    PaymentStateByReferenceAnswer,
)
