"""
Counter of a régie: takings with a receipt, money without a debtor, the cash box, deposits.

The provider is the caller, and the person a régisseur there, as in `regie`.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.billing.bills import (
    ANCV,
    CARD,
    CASH,
    CESU,
    CHEQUE,
    E_CESU,
    REVERSAL_REASONS,
    TRANSFER,
    Number,
    Payment,
    ReceiptPdfRequest,
)
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    NONE,
    Cents,
    Code,
    Count,
    Day,
    FilePart,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    PartRequest,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "billing"
SLIPS_SHOWN = 50
REVERSED_SHOWN = 20

COUNTER_MEANS = (CASH, CHEQUE, TRANSFER, CARD, CESU, E_CESU, ANCV)
DEPOSITED_MEANS = (CHEQUE, CESU, ANCV)
"""Paper that is brought, or sent, with a slip that lists each piece."""

MOST_TITLES = 100
MOST_CENTS_OF_TITLE = 1_000_000


class CounterPayment(Payment):
    """A payment with the name of who paid, "-" where nothing is known of it."""

    payer: str
    household_id: Annotated[Id | None, NONE]


class Slip(TypedDict):
    """A deposit slip: so many cheques or titles, or cash."""

    slip_id: Id
    number: Number
    kind: Code
    count: Count
    cents: Cents
    on: Day


class Title(TypedDict):
    """A title of a voucher: a CESU or a chèque-vacances, with its number and its value."""

    number: Annotated[str, text(30)]
    cents: Annotated[Cents, validate.Range(1, MOST_CENTS_OF_TITLE)]


class Waiting(TypedDict):
    """Titles of one kind that no slip names yet."""

    kind: Annotated[str, one_of(DEPOSITED_MEANS)]
    count: Count
    cents: Cents


@dataclass(frozen=True, kw_only=True)
class TakePaymentRequest:
    """`titles` are those of a voucher; they come to `cents`."""

    regie: Code
    means: Annotated[str, one_of(COUNTER_MEANS)]
    cents: Annotated[Cents, validate.Range(1, 10_000_000)]
    invoice_id: Id | None = None
    household_id: Id | None = None
    payer: Annotated[str, maybe_text(120)] = ""
    cheque: Annotated[str, maybe_text(30)] = ""
    bank: Annotated[str, maybe_text(60)] = ""
    received_on: Day
    another: bool = False
    """True for a cheque whose number this payer has given before, and which is another one."""
    titles: Annotated[list[Title], list_length(0, MOST_TITLES)] = field(default_factory=list)


@dataclass(frozen=True)
class TakePaymentAnswer:
    """
    `others_cents` is what exceeded the bill and paid other bills of the household at once.
    """

    payment_id: Id
    receipt: Number
    allocated_cents: Cents
    credited_cents: Cents
    suspense_cents: Cents
    others_cents: Cents = 0


take_payment = Method(OWNER, "take_payment", TakePaymentRequest, TakePaymentAnswer, writes=True)
"""
Cash, a card, a cheque, a transfer or a voucher: a receipt at once.

What exceeds the bill pays what the household owes besides, then stays as its credit; without a
debtor it waits in suspense. A voucher pays one bill, and of it what its kind may pay.
Refusals: DayClosed, CashBoxFull (cash above the ceiling: deposit first), ChequeTaken, TitleTaken,
AboveVoucherLimit.
"""


@dataclass(frozen=True, kw_only=True)
class SuspenseAnswer(PageAnswer):
    """
    A page of what waits; `total_cents` is of all, on the first page alone.

    There too `taken_back`, the last that were, REVERSED_SHOWN at most.
    """

    payments: list[CounterPayment]
    total_cents: Cents
    taken_back: Annotated[list[CounterPayment], list_length(0, REVERSED_SHOWN)] = field(
        default_factory=list
    )


suspense = Method(OWNER, "suspense", PageRequest, SuspenseAnswer)
"""Money whose debtor is not known yet, the oldest first."""


@dataclass(frozen=True)
class AssignSuspenseRequest:
    payment_id: Id
    household_id: Id
    invoice_id: Id | None = None


@dataclass(frozen=True)
class AssignSuspenseAnswer:
    allocated_cents: Cents
    credited_cents: Cents


assign_suspense = Method(
    OWNER, "assign_suspense", AssignSuspenseRequest, AssignSuspenseAnswer, writes=True
)


@dataclass(frozen=True)
class ReversePaymentRequest:
    payment_id: Id
    reason: Annotated[str, one_of(REVERSAL_REASONS)]


reverse_payment = Method(OWNER, "reverse_payment", ReversePaymentRequest, Empty, writes=True)
"""A cheque that the bank rejects, a mistake at the counter: the opposite entry, nothing deleted."""


@dataclass(frozen=True)
class ReinstatePaymentRequest:
    payment_id: Id


reinstate_payment = Method(OWNER, "reinstate_payment", ReinstatePaymentRequest, Empty, writes=True)
"""
A reversal that was noted at a wrong payment, undone by one more entry.

Refusals: DayClosed, CashBoxFull, where it was taken anew since ChequeTaken, TitleTaken, and
AboveVoucherLimit of titles that can be given back.
"""


@dataclass(frozen=True)
class RefundRequest:
    household_id: Id
    cents: Annotated[Cents, validate.Range(1)]
    paper: Annotated[str, text(120)]


refund = Method(OWNER, "refund", RefundRequest, Empty, writes=True)
"""Pay a credit back by transfer, today. Refusals: TooMuch, DayClosed."""


@dataclass(frozen=True)
class ReverseRefundRequest:
    refund_id: Id
    reason: Annotated[str, one_of(REVERSAL_REASONS)]


reverse_refund = Method(OWNER, "reverse_refund", ReverseRefundRequest, Empty, writes=True)
"""
A refund that was noted by mistake, or that the bank sent back: a credit again. Refusals: DayClosed.
"""


@dataclass(frozen=True, kw_only=True)
class CashBoxRequest(PageRequest):
    regie: Code
    day: Day


@dataclass(frozen=True, kw_only=True)
class CashBoxAnswer(PageAnswer):
    """
    A page of the day's takings, its sums, and what waits to be brought away.

    `cheques` counts all that wait, with their `cheques_cents`, `titles` those of vouchers by kind;
    the last SLIPS_SHOWN of the slips.
    `deposited_cents` is the cash that was brought away on the day.
    """

    closed_at: Moment | None = None
    opening_cents: Cents
    cash_cents: Cents
    deposited_cents: Cents = 0
    ceiling_cents: Cents
    totals: dict[str, int]
    takings: list[CounterPayment]
    cheques: Count
    cheques_cents: Cents
    titles: Annotated[list[Waiting], list_length(0, len(DEPOSITED_MEANS))] = field(
        default_factory=list
    )
    slips: list[Slip]


cash_box = Method(OWNER, "cash_box", CashBoxRequest, CashBoxAnswer)
"""The counter's day: what was taken, what is in the cash box, how many cheques wait there."""


@dataclass(frozen=True, kw_only=True)
class ChequesToDepositRequest(PageRequest):
    regie: Code


@dataclass(frozen=True, kw_only=True)
class ChequesToDepositAnswer(PageAnswer):
    cheques: list[CounterPayment]


cheques_to_deposit = Method(
    OWNER, "cheques_to_deposit", ChequesToDepositRequest, ChequesToDepositAnswer
)
"""Cheques of a régie that no slip names yet, page by page, as they came."""


@dataclass(frozen=True)
class CloseDayRequest:
    regie: Code
    day: Day
    counted_cents: Cents


@dataclass(frozen=True)
class CloseDayAnswer:
    difference_cents: Cents


close_day = Method(OWNER, "close_day", CloseDayRequest, CloseDayAnswer, writes=True)
"""Close the counter's day with the cash as counted; it cannot be opened again. DayClosed."""


@dataclass(frozen=True)
class DepositRequest:
    regie: Code
    kind: Annotated[str, one_of((CASH, *DEPOSITED_MEANS))]
    day: Day
    cents: Cents = 0


@dataclass(frozen=True)
class DepositAnswer:
    slip_id: Id
    number: Number
    count: Count
    cents: Cents


deposit = Method(OWNER, "deposit", DepositRequest, DepositAnswer, writes=True)
"""
A deposit slip: all cheques or titles of a kind that wait, or so much cash.

Refusals: NothingOwed, TooMuch.
"""


@dataclass(frozen=True, kw_only=True)
class DepositPdfRequest(PartRequest):
    slip_id: Id


deposit_pdf = Method(OWNER, "deposit_pdf", DepositPdfRequest, FilePart)


payer_receipt_pdf = Method(OWNER, "payer_receipt_pdf", ReceiptPdfRequest, FilePart)


class DayClosed(Refusal):
    """The counter's day is closed, and cannot be opened again."""

    code = "day_closed"


class ChequeTaken(Refusal):
    """
    A cheque of this number of this payer was taken before.

    `detail["receipt"]`, `detail["cents"]` and `detail["on"]` are that payment's; `detail["waits"]`
    where it is in suspense, to be assigned.
    """

    code = "cheque_taken"


class TitleTaken(Refusal):
    """
    A title of this number was taken before.

    `detail["number"]` is the title's, `detail["receipt"]` and `detail["on"]` that payment's.
    """

    code = "title_taken"


class AboveVoucherLimit(Refusal):
    """A voucher pays at most `detail["most_cents"]` of this bill: no change is given."""

    code = "above_voucher_limit"


class CashBoxFull(Refusal):
    """The cash box would exceed its ceiling; `detail["ceiling_cents"]`."""

    code = "till_full"
