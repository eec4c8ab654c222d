"""
Contracts of public finance, for a régisseur: lots for the accountant, returns from there.

The provider is the caller, never a field; the person must hold the permission "regie" there.
docs/public-finance.md describes the files.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

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

HANDING_OVER, HANDED_OVER = "handing_over", "handed_over"
LOT_STATES = (
    HANDING_OVER,  # its bills are leaving, some at a time
    HANDED_OVER,  # whole: its files can be had
)
WAITING, GONE, LEFT_OUT, REJECTED = "waiting", "gone", "left_out", "rejected"
PIECE_STATES = (
    WAITING,
    GONE,  # at the Treasury
    LEFT_OUT,  # something changed since it was chosen; it stays here
    REJECTED,  # the Treasury sent it back: owed here again
)
BLOCKING = (
    "too_small",  # no titre below 15 € (art. D1611-1 CGCT): carried forward
    "no_address",
    "held",  # an agent holds the file: nothing leaves for this household
    "protected",  # a file would show a régie where the household lives (rule R9)
    "under_way",  # a payment of it is being checked
    "disputed",
    "planned",  # it is paid in parts, as the régisseur granted
    "not_reminded",  # less often than was asked for
    "no_codes",  # neither its tariff nor the régie gives nature and product, or not as numbers
    "not_latin",  # a name or an address in other letters: the file has none of them
    "abroad",  # Hélios refuses a whole lot for one address whose country is not named
    "no_civility",  # and for one debtor without civility and first name
)
"""Why a bill stays here although its date has passed."""
WARNINGS = (
    "plan_asked",  # the family asked to pay it in parts, and waits for an answer
)
CHANGES = ("settled", "under_way", "changed", "planned", "held", "protected")
"""Why a bill that was chosen stayed here after all."""
FILES = ("csv", "json", "pes")
MADAM, SIR = "madam", "sir"
CIVILITIES = (MADAM, SIR)
LONGEST_NAME = 38
"""Characters that PES v2 takes of a name."""
DEBTORS_AT_ONCE = 50

ACCEPTED, REFUSED, RECEIPT, CANCELLED = "accepted", "rejected", "receipt", "cancelled"
ROW_KINDS = (
    ACCEPTED,  # the number of the titre
    REFUSED,  # sent back, with a reason
    RECEIPT,  # money that came there, a part or the whole
    CANCELLED,  # given up or taken back there: no longer owed
)
DONE, KNOWN, UNKNOWN, ODD = "done", "known", "unknown", "odd"
OUTCOMES = (
    DONE,
    KNOWN,  # the same row was read before: nothing is done twice
    UNKNOWN,  # names no bill that was handed over
    ODD,  # understood, and not possible: `why`
)
WHYS = (
    "",
    "unreadable",
    "not_at_treasury",
    "too_much",
    "paid_in_part",
    "other_content",  # its key was read before with another content
)
MOST_CONTENT = 150_000
PAGE = 200


@dataclass(frozen=True)
class PreviewLotRequest:
    regie: Code
    overdue_days: Annotated[int, validate.Range(0, 400)]
    reminders: Annotated[int, validate.Range(0, 9)]


class KeptBill(TypedDict):
    """A bill that stays here, or leaves with a warning: `anomalies` of BLOCKING and WARNINGS."""

    invoice_id: Id
    number: Annotated[str, text(30)]
    payer: Annotated[str, text(250)]
    cents: Cents
    anomalies: list[Code]


class NamedDebtor(TypedDict):
    """
    A debtor, by the name on its bills, as the accountant's file is to name it.

    Without `civility` the other two are what `name` suggests.
    """

    household_id: Id
    name: Annotated[str, text(250)]
    civility: Annotated[str, one_of(("", *CIVILITIES))]
    first_name: Annotated[str, maybe_text(LONGEST_NAME)]
    last_name: Annotated[str, maybe_text(LONGEST_NAME)]


@dataclass(frozen=True)
class PreviewLotAnswer:
    """
    `counts`: how many bills have each anomaly; `kept`: the first PAGE of them.

    `debtors` are those of bills which nothing else keeps here, who has no civility first, and
    DEBTORS_AT_ONCE of them; none where the régie has no PES v2 file.
    """

    channel: Code
    bills: Count
    total_cents: Cents
    counts: dict[str, int]
    kept: list[KeptBill]
    debtors: list[NamedDebtor]


preview_lot = Method(OWNER, "preview_lot", PreviewLotRequest, PreviewLotAnswer)
"""
The bills that would leave, and those that stay here, with the reason.

Of a régie: bills owed for more than so many days after their date, reminded so often. Of a `titre`
channel: all that are owed.
"""


@dataclass(frozen=True)
class OrderLotRequest(PreviewLotRequest):
    """`bills` and `total_cents` are those that were on the screen."""

    bills: Count
    total_cents: Cents


@dataclass(frozen=True)
class OrderLotAnswer:
    lot_id: Id


order_lot = Method(OWNER, "order_lot", OrderLotRequest, OrderLotAnswer, writes=True)
"""
Hand over what was shown.

Refusals: Outdated (something else by now), NothingOwed, LotUnderWay.
"""


class WrittenDebtor(TypedDict):
    household_id: Id
    name: Annotated[str, text(250)]
    civility: Annotated[str, one_of(CIVILITIES)]
    first_name: Annotated[str, text(LONGEST_NAME)]
    last_name: Annotated[str, text(LONGEST_NAME)]


@dataclass(frozen=True)
class NameDebtorsRequest:
    regie: Code
    debtors: Annotated[list[WrittenDebtor], list_length(1, DEBTORS_AT_ONCE)]


name_debtors = Method(OWNER, "name_debtors", NameDebtorsRequest, Empty, writes=True)
"""
Write how debtors of a régie's bills are called, as the accountant's file wants it.

What was written of the same name before is replaced; lots that have left stay as they were.
Refusals: NotFound, for a household that has no bill of the régie.
"""


class ShownLot(TypedDict):
    """A lot; `owed_cents` is what of its bills is still owed at the Treasury."""

    lot_id: Id
    regie: Code
    channel: Code
    number: Annotated[str, text(30)]
    state: Annotated[str, one_of(LOT_STATES)]
    ordered_at: Moment
    bills: Count
    left_out: Count
    total_cents: Cents
    owed_cents: Cents


@dataclass(frozen=True)
class LotsAnswer(PageAnswer):
    """`unclear`: number of rows of returns that wait for an agent."""

    lots: list[ShownLot]
    unclear: Count
    owed_cents: Cents


lots = Method(OWNER, "lots", PageRequest, LotsAnswer)
"""Lots of the provider's régies, the latest first."""


class ShownPiece(TypedDict):
    """A bill of a lot; `why` it was left out, else ""; `titre` is "" until the Treasury gave it."""

    invoice_id: Id
    number: Annotated[str, text(30)]
    payer: Annotated[str, text(250)]
    debtor: str
    state: Annotated[str, one_of(PIECE_STATES)]
    why: str
    cents: Cents
    titre: str
    household_id: Annotated[Id | None, NONE]


@dataclass(frozen=True)
class ReadLotRequest(PageRequest):
    lot_id: Id


@dataclass(frozen=True)
class ReadLotAnswer(PageAnswer):
    """
    A lot with a page of its bills. `pes` is how its PES v2 file is checked: by the official schema,
    by our own alone, or not to be had (`pes_missing` settings; a schema folder that cannot be
    used).
    """

    lot_id: Id
    regie: Code
    channel: Code
    number: Annotated[str, text(30)]
    state: Annotated[str, one_of(LOT_STATES)]
    ordered_at: Moment
    bills: Count
    left_out: Count
    total_cents: Cents
    owed_cents: Cents
    pieces: list[ShownPiece]
    pes: Annotated[str, one_of(("official", "own", "incomplete", "unusable"))]
    pes_missing: list[Code]


read_lot = Method(OWNER, "read_lot", ReadLotRequest, ReadLotAnswer)


@dataclass(frozen=True)
class LotFileRequest(PartRequest):
    lot_id: Id
    kind: Annotated[str, one_of(FILES)]


lot_file = Method(OWNER, "lot_file", LotFileRequest, FilePart)
"""
One part of a lot's file.

Refusals: NotHandedOver, PesRefused.
"""


@dataclass(frozen=True)
class ReadReturnRequest:
    regie: Code
    content: Annotated[str, text(MOST_CONTENT)]


@dataclass(frozen=True)
class ReadReturnAnswer:
    """`counts`: how many rows came to each outcome."""

    return_id: Id
    counts: dict[str, int]


read_return = Method(OWNER, "read_return", ReadReturnRequest, ReadReturnAnswer, writes=True)
"""
Read what the accountant, or the finance software, sends back (CSV or JSON, docs/public-finance.md).

Read twice it changes nothing more. Refusals: ReturnUnreadable.
"""


class ShownRow(TypedDict):
    """A row of a return with its outcome; `seen`: an agent has seen to it."""

    row_id: Id
    at: Moment
    place: Count
    key: str
    kind: str
    debt: str
    titre: str
    day: Annotated[Day | None, NONE]
    cents: Cents
    reason: str
    outcome: Annotated[str, one_of(OUTCOMES)]
    why: Annotated[str, one_of(WHYS)]
    seen: bool


@dataclass(frozen=True)
class ReturnedRowsRequest(PageRequest):
    return_id: Id | None = None


@dataclass(frozen=True)
class ReturnedRowsAnswer(PageAnswer):
    rows: list[ShownRow]


returned_rows = Method(OWNER, "returned_rows", ReturnedRowsRequest, ReturnedRowsAnswer)
"""The rows of one return; without one, all rows that nothing could be done with, until seen."""


@dataclass(frozen=True)
class SeeRowRequest:
    row_id: Id


see_row = Method(OWNER, "see_row", SeeRowRequest, Empty, writes=True)
"""Note that an agent has seen to a row that nothing could be done with."""


class AtTreasury(Refusal):
    """The bill is at the Treasury: its money is taken there."""

    code = "at_treasury"


class LotUnderWay(Refusal):
    """Another lot of the régie is leaving."""

    code = "lot_under_way"


class NotHandedOver(Refusal):
    """The lot is not whole yet."""

    code = "not_handed_over"


class PesRefused(Refusal):
    """The PES v2 file does not pass its schema, or cannot be checked: `detail["why"]`."""

    code = "pes_refused"


class ReturnUnreadable(Refusal):
    """The file is not what docs/public-finance.md describes; `detail["why"]`, `detail["row"]`."""

    code = "return_unreadable"
