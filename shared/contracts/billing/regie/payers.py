"""
Contracts of billing for a régisseur, at the desk of the provider whose régie it is.

The provider is the caller, never a field; the person must hold the permission "regie" there.
Of another provider's bills there is nothing to find. Amounts are integer cents.

Of a protected household (rule R9) `payer` is its name alone, and no line says where it lives.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.billing.bills import (
    MEANS,
    PAYMENT_STATES,
    REVERSAL_REASONS,
    Bill,
    BillAnswer,
    BillPdfRequest,
    Certificate,
    CertificatePdfRequest,
    CreditNote,
    Label,
    Line,
    Number,
    OfBill,
    Payment,
    PaymentState,
)
from shared.contracts.billing.prices.quotients import QuotientCents, QuotientKind, QuotientSource
from shared.contracts.billing.regie.runs import PayerName, Run
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Count,
    Day,
    FilePart,
    Id,
    Moment,
    Month,
    OfHousehold,
    PageAnswer,
    PageRequest,
    list_length,
    maybe_text,
    text,
)

OWNER = "billing"

PAGE = 200
CHILDREN_NAMED = 12
"""Children of a household by whom homonyms are told apart."""

ChildName = Annotated[str, text(170)]
Paper = Annotated[str, text(120)]
"""A document that an agent has seen, with its date."""


class OwnRegie(TypedDict):
    """A régie of the calling provider."""

    code: Code
    label: Label
    channel: Code
    payable_online: Annotated[bool, Default(False)]


class BilledMonth(TypedDict):
    """The bills of a month: their sum, credit notes, payments, and what is still owed."""

    month: Month
    billed_cents: Cents
    credited_cents: Cents
    paid_cents: Cents
    owed_cents: Cents
    bills: Count


@dataclass(frozen=True)
class RegieOverviewAnswer:
    regies: list[OwnRegie]
    months: list[BilledMonth]
    runs: list[Run]
    overdue_cents: Cents
    overdue_bills: Count
    suspense_cents: Cents
    till_cents: Cents
    till_ceiling_cents: Cents


regie_overview = Method(OWNER, "regie_overview", Empty, RegieOverviewAnswer)
"""Overview of a régie: last twelve months (the chart), runs, arrears, open tasks, cash box."""


@dataclass(frozen=True)
class FindPayersRequest:
    text: Annotated[str, text(80)]


class FoundPayer(TypedDict):
    """
    A payer; `number` is the bill by whose number it was found, "-" if by name.

    `children` are named where another payer that was found reads alike, CHILDREN_NAMED at most.
    """

    household_id: Id
    payer: PayerName
    owed_cents: Cents
    number: Number
    children: Annotated[list[ChildName], list_length(0, CHILDREN_NAMED), Default(list)]


@dataclass(frozen=True)
class FindPayersAnswer:
    payers: list[FoundPayer]


find_payers = Method(OWNER, "find_payers", FindPayersRequest, FindPayersAnswer)
"""Payers of this provider by name or by a bill's number."""


class PayersChild(TypedDict):
    """A child of whom the provider counts or billed something."""

    child_id: Id
    name: ChildName


class PayersQuotient(TypedDict):
    """A quotient of the household, in cents a month; `proof` is a fund's reference, or ""."""

    cents: Cents
    kind: QuotientKind
    valid_from: Day
    valid_to: Day | None
    source: QuotientSource
    proof: Annotated[str, maybe_text(64), EMPTY]


class PayersShare(TypedDict):
    """The household's own part of a child's lines, of 10 000."""

    child_id: Id
    valid_from: Day
    valid_to: Day | None
    share_bp: Count
    paper: Paper


class PayersRefund(TypedDict):
    """
    A credit that was paid back by transfer, from this paper.

    `reversed_because`: why it was taken back, "" of one that was not; `reversible` until its day
    is closed.
    """

    refund_id: Id
    at: Moment
    cents: Cents
    paper: Paper
    reversed_because: Annotated[str, EMPTY]
    reversible: bool


class WhoDied(TypedDict):
    name: Annotated[str, text(120)]
    died_on: Day


@dataclass(frozen=True, kw_only=True)
class PayerAccountAnswer:
    """
    `payer` are the lines of the address block, `deceased` who of the household died; `heirs_pay`
    where no payer is left: what is owed is the estate's. `by_email`: e-mails reach it; `paper`: it
    asked for letters on paper. With a household `on_hold` one agent of the town speaks, alone;
    `hold_lapsed`: nobody does any more, and a régisseur decides whether its bills leave again.
    """

    payer: list[str]
    deceased: list[WhoDied]
    heirs_pay: bool = False
    on_hold: bool = False
    hold_lapsed: bool = False
    protected: bool = False
    by_email: bool = False
    paper: bool = False
    children: list[PayersChild]
    owed_cents: Cents
    credit_cents: Cents
    bills: list[Bill]
    payments: list[Payment]
    refunds: list[PayersRefund]
    quotients: list[PayersQuotient]
    shares: list[PayersShare]
    certificates: list[Certificate]


payer_account = Method(OWNER, "payer_account", OfHousehold, PayerAccountAnswer)
"""
A household's account with the calling provider; NotFound where it has none there.

A protected household has one where it has a bill.
"""


end_lapsed_hold = Method(OWNER, "end_lapsed_hold", OfHousehold, Empty, writes=True)
"""
Let the bills of a household leave again, after a hold that ended without anybody's decision.

At every régie: so did the agent who held the file. Who decided and when is kept. Refusals:
NotFound, also where no hold lapsed.
"""


@dataclass(frozen=True, kw_only=True)
class PayerBillAnswer(BillAnswer):
    """
    `payer` are the lines of the address block; `of_number` is the bill of a credit note, `why` its
    reason.
    `deceased` are those who died and whom the bill names, `heirs_pay` and `hold_lapsed` as of the
    account.
    """

    payer: list[str]
    deceased: list[WhoDied]
    heirs_pay: bool = False
    hold_lapsed: bool = False
    protected: bool = False
    household_id: Id
    of_number: str = ""
    why: str = ""
    lines: list[Line]
    credit_notes: list[CreditNote]


payer_bill = Method(OWNER, "payer_bill", OfBill, PayerBillAnswer)


payer_bill_pdf = Method(OWNER, "payer_bill_pdf", BillPdfRequest, FilePart)


payer_certificate_pdf = Method(OWNER, "payer_certificate_pdf", CertificatePdfRequest, FilePart)
"""A tax certificate, for who asks for it once more at the counter."""


class CreditedLine(TypedDict):
    """A line of a bill, and how many units of it are taken back."""

    line: Count
    quantity: Annotated[int, validate.Range(1)]


@dataclass(frozen=True)
class CreditLinesRequest:
    invoice_id: Id
    lines: Annotated[list[CreditedLine], list_length(1, 200)]
    reason: Annotated[str, text(200)]


@dataclass(frozen=True)
class CreditLinesAnswer:
    """The credit note."""

    invoice_id: Id
    number: Number
    cents: Cents


credit_lines = Method(OWNER, "credit_lines", CreditLinesRequest, CreditLinesAnswer, writes=True)
"""
A credit note for some of a bill's lines, never an edited bill; what was paid becomes a credit.

Refusals: NotFound, TooMuch (more than the line still holds).
"""


@dataclass(frozen=True)
class CorrectQuotientRequest:
    household_id: Id
    cents: QuotientCents
    kind: QuotientKind
    valid_from: Day
    source: Annotated[str, validate.OneOf(("checked", "corrected"))]
    valid_to: Day | None = None


@dataclass(frozen=True)
class CorrectQuotientAnswer:
    """`months` are those whose bills change by it, at this provider."""

    months: list[Month]


correct_quotient = Method(
    OWNER, "correct_quotient", CorrectQuotientRequest, CorrectQuotientAnswer, writes=True
)
"""
Record the quotient of a statement.

Each month changes by a credit note and a new line at the next run; no issued bill is edited.
"""


class PayerShare(TypedDict):
    """A household's part of a child's lines, of 10 000."""

    household_id: Id
    share_bp: Annotated[int, validate.Range(1, 10_000)]


@dataclass(frozen=True)
class SetSharesRequest:
    child_id: Id
    valid_from: Day
    paper: Paper
    shares: Annotated[list[PayerShare], list_length(1, 2)]
    valid_to: Day | None = None


set_shares = Method(OWNER, "set_shares", SetSharesRequest, Empty, writes=True)
"""
Divide a child's lines at this provider between payers, from a paper seen (judgment, agreement).

Parts of 10 000, of both households together. Each part is priced with its own payer's quotient, so
that neither bill betrays the other's. One share of 10 000 ends the division.
"""


@dataclass(frozen=True, kw_only=True)
class SearchedPageRequest(PageRequest):
    """
    A page of a list, without rows that cannot have the words of `query`.

    No row that has them is missing. What is said of the whole list stays that of the whole.
    """

    query: Annotated[str, maybe_text(80)] = ""


@dataclass(frozen=True)
class PaymentsOfRequest(SearchedPageRequest):
    first: Day
    last: Day


class ListedPayment(Payment):
    """A payment with its payer, and the number of the deposit slip that names it, or ""."""

    payer: PayerName
    household_id: Annotated[Id | None, NONE]
    slip: str


class PaymentKind(TypedDict):
    """Number of payments of a means in a state, taken back for one reason or none."""

    means: Code
    state: PaymentState
    reversed_because: str
    payments: Count


MOST_PAYMENT_KINDS = len(MEANS) * (len(PAYMENT_STATES) + len(REVERSAL_REASONS))


@dataclass(frozen=True)
class PaymentsOfAnswer(PageAnswer):
    """
    A page of payments; the first page alone says what there is on all of them.

    `totals`: the sum of those that came, by means; `kinds` counts them all.
    """

    payments: list[ListedPayment]
    totals: dict[str, int]
    kinds: Annotated[list[PaymentKind], list_length(0, MOST_PAYMENT_KINDS)] = field(
        default_factory=list
    )


payments_of = Method(OWNER, "payments_of", PaymentsOfRequest, PaymentsOfAnswer)
"""Payments between two days, the latest first."""


class OverdueBill(Bill):
    """
    A bill past its due date, with how often its household was reminded, and when last.

    `hold_lapsed` as of the account.
    """

    household_id: Id
    hold_lapsed: Annotated[bool, Default(False)]
    payer: PayerName
    reminders: Count
    reminded_on: Annotated[Day | None, NONE]


class BillOfDeceased(Bill):
    """An open bill in the name of somebody who died; `heirs_pay` where nobody else is a payer."""

    household_id: Id
    payer: PayerName
    deceased: Annotated[str, text(120)]
    died_on: Day
    heirs_pay: bool


class Advance(TypedDict):
    """Money of a household beyond what it owes, and the day on which that last moved."""

    household_id: Id
    payer: PayerName
    cents: Cents
    since: Day


class UndecidedHome(TypedDict):
    """A household whose hold lapsed, with what its bills past their day come to; cents."""

    household_id: Id
    payer: PayerName
    cents: Cents


class ArrearsKind(TypedDict):
    """A kind of listed bills: those of a month of which the same is shown of their payment."""

    month: Month
    asks_back: bool
    on_hold: bool
    hold_lapsed: bool
    unclear: bool
    checking: bool


MOST_UNDECIDED = 200
MOST_ARREARS_KINDS = 400
"""Kinds of listed bills: some per month, as far back as something is owed."""


@dataclass(frozen=True)
class ArrearsAnswer(PageAnswer):
    """
    A page of bills past their day; what is of the whole stands on the first page alone.

    `of_deceased` are the open bills, overdue or not, that name a person who died. All `bills`
    together are `total_cents`, what is overdue, and `waiting_cents`, what nobody is asked for: an
    agent speaks with the family, or a régisseur has to decide. `heirs_cents` is in neither and
    among no `bills`, since no payer is left. `advances` are the other way round, those that moved
    longest ago of `number_of_advances`; `advances_cents` counts those too with which nothing is to
    be begun. `number` and `kinds` are of all `bills`; `undecided` are homes of which a régisseur
    has to decide, MOST_UNDECIDED at most.
    """

    bills: list[OverdueBill]
    total_cents: Cents = 0
    of_deceased: list[BillOfDeceased] = field(default_factory=list)
    heirs_cents: Cents = 0
    advances: list[Advance] = field(default_factory=list)
    number_of_advances: Count = 0
    advances_cents: Cents = 0
    waiting_cents: Cents = 0
    number: Count = 0
    kinds: Annotated[list[ArrearsKind], list_length(0, MOST_ARREARS_KINDS)] = field(
        default_factory=list
    )
    undecided: Annotated[list[UndecidedHome], list_length(0, MOST_UNDECIDED)] = field(
        default_factory=list
    )


arrears = Method(OWNER, "arrears", SearchedPageRequest, ArrearsAnswer)
"""Bills past their due date of households with a payer, the oldest first."""


@dataclass(frozen=True)
class RemindRequest:
    invoices: Annotated[list[Id], list_length(1, 200)]


@dataclass(frozen=True)
class RemindAnswer:
    reminded: Count


remind = Method(OWNER, "remind", RemindRequest, RemindAnswer, writes=True)
"""Remind of overdue bills, but of those that are paid, or whose payment is being checked."""


@dataclass(frozen=True)
class CertificatesRequest:
    year: Count


class ChangedCertificate(TypedDict):
    """An issued certificate that would show other amounts now; vouchers are beside the sum."""

    household_id: Id
    payer: PayerName
    child: ChildName
    issued_cents: Cents
    now_cents: Cents
    issued_voucher_cents: Annotated[Cents, Default(0)]
    now_voucher_cents: Annotated[Cents, Default(0)]


@dataclass(frozen=True)
class CertificatesAnswer:
    issued: Count
    total_cents: Cents
    changed: list[ChangedCertificate]


certificates = Method(OWNER, "certificates", CertificatesRequest, CertificatesAnswer)
"""
A year's tax certificates (art. 200 quater B CGI): issued ones, and those that would differ now.

A certificate once issued does not change by itself.
"""


@dataclass(frozen=True)
class IssueCertificatesRequest:
    year: Count
    replace: bool = False


@dataclass(frozen=True)
class IssueCertificatesAnswer:
    """`remaining` households are to be looked at still, by asking again."""

    issued: Count
    replaced: Count
    remaining: Count


issue_certificates = Method(
    OWNER, "issue_certificates", IssueCertificatesRequest, IssueCertificatesAnswer, writes=True
)
"""
Issue what is missing; with `replace` also a new version of those that would differ now.

Some hundred at a time.
"""


class TooMuch(Refusal):
    """More than there is; `detail["most"]` in cents or units."""

    code = "too_much"
