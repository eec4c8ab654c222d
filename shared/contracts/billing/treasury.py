"""
What billing answers a régisseur about public finance: lots for the accountant, returns from there.

The provider is the caller, never a field; the person must hold a role with the act "regie" there.
docs/public-finance.md describes the files.
"""

from marshmallow import fields, validate

from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    AFTER,
    FILE,
    NEXT,
    PART,
    Cents,
    Code,
    Count,
    Id,
    MaybeDay,
    Moment,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import UntypedMethod

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
    "not_reminded",  # less often than was asked for
    "no_codes",  # neither its tariff nor the régie gives nature and product
)
"""Why a bill stays here although its date has passed."""
WARNINGS = (
    "name_cut",  # more than the 38 characters that PES v2 takes
)
CHANGES = ("settled", "under_way", "changed", "held", "protected")
"""Why a bill that was chosen stayed here after all."""
FILES = ("csv", "json", "pes")

ACCEPTED, REFUSED, RECEIPT, CANCELLED = "accepted", "rejected", "receipt", "cancelled"
ROW_KINDS = (
    ACCEPTED,  # the number of the titre
    REFUSED,  # sent back, with a reason
    RECEIPT,  # money that came there, a part or the whole
    CANCELLED,  # given up or taken back there: nobody owes it any more
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
MOST_ROWS = 1_000
PAGE = 50

_WHICH: dict[str, fields.Field] = {
    "regie": Code(),
    "overdue_days": fields.Integer(required=True, strict=True, validate=validate.Range(0, 400)),
    "reminders": fields.Integer(required=True, strict=True, validate=validate.Range(0, 9)),
}

preview_lot = UntypedMethod(
    OWNER,
    "preview_lot",
    request=dict(_WHICH),
    answer={
        "channel": Code(),
        "bills": Count(),
        "total_cents": Cents(),
        "counts": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
        "kept": Several(
            {
                "invoice_id": Id(),
                "number": Text(30),
                "payer": Text(250),
                "cents": Cents(),
                "anomalies": fields.List(Code(required=False), required=True),
            }
        ),
    },
)
"""
What would leave, and what stays here and why (the first PAGE of it).

Of a régie: bills owed for more than so many days after their date, reminded so often. Of a `titre`
channel: all that are owed.
"""

order_lot = UntypedMethod(
    OWNER,
    "order_lot",
    request={**_WHICH, "bills": Count(), "total_cents": Cents()},
    answer={"lot_id": Id()},
    writes=True,
)
"""
Hand over what was shown: `bills` and `total_cents` are what was on the screen.

Refusals: Outdated (something else by now), NothingOwed, LotUnderWay.
"""

_LOT: dict[str, fields.Field] = {
    "lot_id": Id(),
    "regie": Code(),
    "channel": Code(),
    "number": Text(30),
    "state": OneOf(LOT_STATES),
    "ordered_at": Moment(),
    "bills": Count(),
    "left_out": Count(),
    "total_cents": Cents(),
    "owed_cents": Cents(),
}
"""`owed_cents` is what of the lot's bills is still owed at the Treasury."""

lots = UntypedMethod(
    OWNER,
    "lots",
    request=dict(AFTER),
    answer={**NEXT, "lots": Several(dict(_LOT)), "unclear": Count(), "owed_cents": Cents()},
)
"""Lots of the provider's régies, the latest first; `unclear` rows of returns wait for somebody."""

read_lot = UntypedMethod(
    OWNER,
    "read_lot",
    request={"lot_id": Id(), **AFTER},
    answer={
        **_LOT,
        **NEXT,
        "pieces": Several(
            {
                "invoice_id": Id(),
                "number": Text(30),
                "payer": Text(250),
                "debtor": fields.String(required=True),
                "state": OneOf(PIECE_STATES),
                "why": fields.String(required=True),
                "cents": Cents(),
                "titre": fields.String(required=True),
            }
        ),
        "pes": OneOf(("official", "own", "incomplete", "unusable")),
        "pes_missing": fields.List(Code(required=False), required=True),
    },
)
"""
A lot with a page of its bills. `pes` is how its PES v2 file is checked: by the official schema, by
our own alone, or not to be had (`pes_missing` settings; a schema folder that cannot be used).
"""

lot_file = UntypedMethod(
    OWNER,
    "lot_file",
    request={"lot_id": Id(), "kind": OneOf(FILES), **PART},
    answer=dict(FILE),
)
"""
One part of a lot's file.

Refusals: NotHandedOver, PesRefused.
"""

read_return = UntypedMethod(
    OWNER,
    "read_return",
    request={"regie": Code(), "content": Text(MOST_CONTENT)},
    answer={
        "return_id": Id(),
        "counts": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
    },
    writes=True,
)
"""
Read what the accountant, or the finance software, sends back (CSV or JSON, docs/public-finance.md).

Read twice it changes nothing more. Refusals: ReturnUnreadable.
"""

returned_rows = UntypedMethod(
    OWNER,
    "returned_rows",
    request={"return_id": Id(required=False, load_default=None, allow_none=True), **AFTER},
    answer={
        **NEXT,
        "rows": Several(
            {
                "row_id": Id(),
                "at": Moment(),
                "place": Count(),
                "key": fields.String(required=True),
                "kind": fields.String(required=True),
                "debt": fields.String(required=True),
                "titre": fields.String(required=True),
                "day": MaybeDay(),
                "cents": Cents(),
                "reason": fields.String(required=True),
                "outcome": OneOf(OUTCOMES),
                "why": OneOf(WHYS),
                "seen": fields.Boolean(required=True),
            }
        ),
    },
)
"""The rows of one return; without one, all rows that nothing could be done with, until seen."""

see_row = UntypedMethod(OWNER, "see_row", request={"row_id": Id()}, answer={}, writes=True)
"""Say that somebody has seen to a row that nothing could be done with."""


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
