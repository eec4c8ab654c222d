"""Contracts of billing for families and the portal: bills, payments, notices, certificates."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.billing.payment_plans import Plan
from shared.contracts.enrolment.attendance import PRESENT
from shared.contracts.enrolment.tariffs import TAX_CATEGORIES
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Content,
    Count,
    Day,
    FilePart,
    Id,
    Moment,
    Month,
    OfHousehold,
    PartRequest,
    Version,
    one_of,
    text,
)

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
CARD, CESU, E_CESU, ANCV = "card", "cesu", "e_cesu", "ancv"
MEANS = (ONLINE, CHEQUE, CASH, TRANSFER, CREDIT, TREASURY, DEBIT, CARD, CESU, E_CESU, ANCV)
"""
Means of a payment; `credit` is what was paid too much, or given back by a credit note.

`treasury` came to the public accountant, who says so by a return file; `debit` by a mandate. `card`
is a terminal at the counter, `cesu` on paper and `e_cesu` without, `ancv` chèques-vacances.
"""

VOUCHERS = (CESU, E_CESU, ANCV)
"""Means that pay some lines alone, by numbered titles of which no change is given."""

INITIATED, PENDING, REFUSED = "initiated", "pending", "refused"
CANCELLED, EXPIRED, REVERSED, DISCREPANT = "cancelled", "expired", "reversed", "discrepant"
PAYMENT_STATES = (
    INITIATED,  # ours, not yet known to PayFiP: no payer was sent there
    PENDING,  # at PayFiP, or its result is not known yet
    PAID,
    REFUSED,
    CANCELLED,
    EXPIRED,
    REVERSED,  # paid, then taken back: REVERSAL_REASONS says why
    DISCREPANT,  # PayFiP answers something else than was asked (amount, reference, test mode)
)
BANK_REJECTED, TAKEN_BY_MISTAKE = "bank_rejected", "taken_by_mistake"
REVERSAL_REASONS = (
    BANK_REJECTED,  # a cheque, a transfer or a debit that the bank did not honour
    TAKEN_BY_MISTAKE,  # a wrong amount or payer at the counter
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

ASKED_BACK = "Avance remboursée, dont le paiement a été annulé depuis"
"""The reason of a bill that `asks_back`, in words: it stands on the document."""

Number = Annotated[str, text(30)]
"""The number of a bill as people read it."""
Label = Annotated[str, text(120)]
PartLabel = Annotated[str, text(60)]
"""Purposes of a part of a price."""
Kind = Annotated[str, one_of(KINDS)]
State = Annotated[str, one_of(INVOICE_STATES)]
Means = Annotated[str, one_of(MEANS)]
PaymentState = Annotated[str, one_of(PAYMENT_STATES)]


class Reason(TypedDict):
    """
    Reason of a price, for one sentence in the reader's language.

    `params` may hold: band (label), from_cents, to_cents, quotient_cents, quotient_kind,
    quotient_from (day), rate_ppm, floor_cents, ceiling_cents, residence (label), commune, rank,
    percent (less, for siblings), share_bp, decision, previous_cents; where a part of a period is
    due proration, parts_due, parts (of the period), whole_cents; of a surcharge label, effect (add,
    replace), cents.
    """

    code: Annotated[str, one_of(PRICE_REASONS)]
    params: Annotated[Content, Default(dict)]


class Bill(TypedDict):
    """
    One bill as a list shows it; a credit note has a negative total and no balance.

    `balance_cents` is what is still owed, here or, of a bill that is `transferred`, at the
    Treasury. `checking`: a payment of it is under way, and its result not known yet. `debit_on`: it
    is by direct debit, on that day. `unclear`: PayFiP says something else of a payment than was
    asked, and an agent has to look at it. `taken_over`: another software issued it;
    `read_past_bill` explains it. `asks_back`: it has no line, and asks for an advance that was
    refunded, and whose payment was taken back since. `plan` is the state of its last payment
    plan, "" without one; of one that is kept, `part_cents` are to be paid of this bill by
    `part_on`. `on_hold`: nothing is asked of it for now, since one agent speaks with the family.
    """

    invoice_id: Id
    number: Number
    kind: Kind
    month: Month
    issued_on: Day
    due_on: Day
    total_cents: Cents
    balance_cents: Cents
    state: State
    checking: bool
    debit_on: Annotated[Day | None, NONE]
    unclear: Annotated[bool, Default(False)]
    taken_over: Annotated[bool, Default(False)]
    asks_back: Annotated[bool, Default(False)]
    plan: Annotated[str, EMPTY]
    part_cents: Annotated[Cents, Default(0)]
    part_on: Annotated[Day | None, NONE]
    on_hold: Annotated[bool, Default(False)]


class Payment(TypedDict):
    """
    One payment as a list shows it; `number` is its bill's, `receipt` the number of its receipt.

    `cheque`: the number of the cheque, by which a bank says which one it rejects; "" of any other.

    `came_by`: the means of the payment of several bills of which this credit is a part, "" of any
    other. `reversed_because`: why it was taken back, "" of one that was not. `taken_over`: it came
    to another software, whose number it has.
    """

    payment_id: Id
    invoice_id: Annotated[str | None, NONE]
    number: Annotated[str, EMPTY]
    at: Moment
    means: Means
    came_by: Annotated[str, EMPTY]
    cheque: Annotated[str, EMPTY]
    cents: Cents
    state: PaymentState
    receipt: Annotated[str, EMPTY]
    reversed_because: Annotated[str, EMPTY]
    taken_over: Annotated[bool, Default(False)]


@dataclass(frozen=True)
class BillCard:
    """
    All that is open, and the last twenty-four bills and payments, newest first.

    `owed_cents` is the sum of open balances, without what is owed at the Treasury; `credit_cents`
    is what the household has too much at the provider.
    """

    household_id: Id
    provider: Code
    version: Version
    at: Moment
    owed_cents: Cents
    credit_cents: Cents
    bills: list[Bill]
    payments: list[Payment]


bill_card = Event(OWNER, "bill_card", BillCard)
"""
State of what one household owes and paid at one provider, whole, versioned for each pair of them.
"""

PART_DUE = "plan_part_due"
"""A part of a bill that is paid in several is due in a few days."""

NOTICE_KINDS = (
    "bill_issued",
    "credit_note_issued",
    "bill_paid",
    "payment_refused",
    "bill_reminder",
    "bill_transferred",
    "debit_coming",
    "debit_rejected",
    "mandate_ended",  # who gave it pays there no longer
    PART_DUE,
    "plan_granted",  # a bill may be paid in several parts
    "plan_refused",
    "plan_ended",  # a part was not paid in time, or the régisseur says why: all is due
)


@dataclass(frozen=True, kw_only=True)
class BillNotice:
    """
    `detail` holds number, month, cents, due_on, and whether it asks back what was refunded; of a
    mandate `last4`, the last figures of its account; of a payment its means, and nothing of a bill
    where it was for none. `replaces` is the key of a notice that is not true any more, "" mostly.
    """

    household_id: Id
    provider: Code
    key: Annotated[str, text(80)]
    kind: Annotated[str, one_of(NOTICE_KINDS)]
    detail: Content = field(default_factory=dict)
    at: Moment
    replaces: Annotated[str, EMPTY] = ""


def part_notice_key(invoice_id: str, due_on: date) -> str:
    """Return the key of the notice of a part of a bill: each is announced once."""
    return f"{PART_DUE}:{invoice_id}:{due_on.isoformat()}"


bill_notice = Event(OWNER, "bill_notice", BillNotice)
"""A notice about bills to a household, once."""


class Line(TypedDict):
    """
    A line of a bill. `child` is a first name, "" for what the household owes as such.

    `tax_years`: for which years' tax credit it counts (art. 200 quater B CGI), by the child's age.
    `month` is the month that it is about: an earlier one than the bill's is carried forward, or
    corrected. `cents` = `quantity` × `unit_cents`, then the share of this payer (`share_bp` of
    10 000).
    """

    line: Count
    child: str
    label: Label
    part: PartLabel
    month: Month
    days: list[Day]
    outcome: Annotated[str, Default(PRESENT)]
    quantity: Count
    unit_cents: Cents
    cents: Cents
    tax: Annotated[str, one_of(TAX_CATEGORIES)]
    share_bp: Annotated[int, validate.Range(1, 10_000)]
    reason: Reason
    disputed: bool
    tax_years: Annotated[list[int], Default(list)]


class CreditNote(TypedDict):
    """A credit note of a bill: what it takes back, in positive cents."""

    invoice_id: Id
    number: Number
    cents: Cents


class Excess(TypedDict):
    """Money for a bill beyond its sum: it paid another bill, or became an advance (no bill)."""

    cents: Cents
    invoice_id: Annotated[Id | None, NONE]
    number: Annotated[str, EMPTY]


@dataclass(frozen=True, kw_only=True)
class BillAnswer:
    """
    An answer about one bill: the fields of `Bill`, what was paid, and its last payment plan.

    `excess` is where the rest went of what was more than it asks.
    """

    invoice_id: Id
    number: Number
    kind: Kind
    month: Month
    issued_on: Day
    due_on: Day
    total_cents: Cents
    balance_cents: Cents
    state: State
    checking: bool
    debit_on: Day | None = None
    unclear: bool = False
    taken_over: bool = False
    asks_back: bool = False
    plan: str = ""
    part_cents: Cents = 0
    part_on: Day | None = None
    on_hold: bool = False
    payments: list[Payment]
    payment_plan: Plan | None = None
    excess: list[Excess] = field(default_factory=list)


@dataclass(frozen=True)
class OfBill:
    invoice_id: Id


@dataclass(frozen=True, kw_only=True)
class ReadBillAnswer(BillAnswer):
    """`payer` are the lines of the address block; `why` is of a credit note, "" of a bill."""

    provider: Code
    regie: Label
    deed: str
    channel: Code
    payer: list[str]
    reference: Number
    key: Annotated[str, text(10)]
    of_number: str = ""
    why: str = ""
    lines: list[Line]
    credit_notes: list[CreditNote]
    payable_online: bool


read_bill = Method(OWNER, "read_bill", OfBill, ReadBillAnswer)
"""A bill of the guardian's own household, whole."""


@dataclass(frozen=True, kw_only=True)
class BillPdfRequest(PartRequest):
    invoice_id: Id


bill_pdf = Method(OWNER, "bill_pdf", BillPdfRequest, FilePart)
"""The document of a bill or a credit note, base64; the same bytes each time it is asked for."""


@dataclass(frozen=True, kw_only=True)
class ReceiptPdfRequest(PartRequest):
    payment_id: Id


receipt_pdf = Method(OWNER, "receipt_pdf", ReceiptPdfRequest, FilePart)
"""The receipt of a payment that came, base64; NotFound for any other."""


@dataclass(frozen=True)
class DisputeLineRequest:
    invoice_id: Id
    line: Count
    reason: Annotated[str, one_of(("not_there", "wrong_quantity", "wrong_price", "other"))]


dispute_line = Method(OWNER, "dispute_line", DisputeLineRequest, Empty, writes=True)
"""Report a line as wrong; the régie finds it before its next run. No text travels."""


class Certificate(TypedDict):
    """The last version of a tax certificate: a child's care in a year."""

    certificate_id: Id
    provider: Code
    child: str
    year: Count
    cents: Cents
    issued_on: Day


@dataclass(frozen=True)
class MyCertificatesAnswer:
    certificates: list[Certificate]


my_certificates = Method(OWNER, "my_certificates", OfHousehold, MyCertificatesAnswer)
"""Tax certificates that a régie has issued: the last version of each."""


@dataclass(frozen=True, kw_only=True)
class CertificatePdfRequest(PartRequest):
    certificate_id: Id


certificate_pdf = Method(OWNER, "certificate_pdf", CertificatePdfRequest, FilePart)


class NothingOwed(Refusal):
    """The bill is paid already."""

    code = "nothing_owed"


class NotPayableOnline(Refusal):
    """Refusal of a bill at the Treasury, or below the least or above the most that PayFiP takes."""

    code = "not_payable_online"


class TooMuchInAdvance(Refusal):
    """More than the régie keeps in advance; `detail["most_cents"]` may still be paid, 0 or more."""

    code = "too_much_in_advance"


class PayFipSilent(Refusal):
    """
    PayFiP does not answer, and nobody was sent there: billing itself is well.

    `detail["under_way"]` says that the bill has an open payment, which may have been made by now.
    """

    code = "payfip_silent"


class PaymentUnderWay(Refusal):
    """Another payment of this bill is being checked; `detail["until"]` is when to try again."""

    code = "payment_under_way"
