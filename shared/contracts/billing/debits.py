"""
What billing answers about direct debit: families give and withdraw mandates, a régie debits.

An IBAN travels once, when a mandate is given; afterwards its last four figures are all that is
shown.
"""

from marshmallow import fields, validate

from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    FILE,
    PART,
    Cents,
    Code,
    Count,
    Day,
    Id,
    Moment,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import UntypedMethod

OWNER = "billing"

RECURRENT, ONE_OFF = "recurrent", "one_off"
MANDATE_KINDS = (RECURRENT, ONE_OFF)
ACTIVE, ENDING, WITHDRAWN, SUSPENDED = "active", "ending", "withdrawn", "suspended"
MANDATE_STATES = (
    ACTIVE,
    ENDING,  # one debit more, then withdrawn
    WITHDRAWN,
    SUSPENDED,  # two debits in a row were rejected: back to paying by hand
)
SEQUENCES = ("FRST", "RCUR", "OOFF", "FNAL")
ORDERED, COLLECTED = "ordered", "collected"
RUN_STATES = (ORDERED, COLLECTED)
REASONS = ("AC01", "AC04", "AC06", "AM04", "MD01", "MD06", "MS02", "MS03", "other")
"""
Why a bank rejects: account wrong, closed, blocked; too little on it; no mandate; refund asked for;
refused by the debtor; not said.
"""
PAGE = 50

_MANDATE: dict[str, fields.Field] = {
    "mandate_id": Id(),
    "provider": Code(),
    "rum": Text(35),
    "kind": OneOf(MANDATE_KINDS),
    "state": OneOf(MANDATE_STATES),
    "last4": Text(4),
    "signed_on": Day(),
}

my_mandates = UntypedMethod(
    OWNER,
    "my_mandates",
    request={"household_id": Id()},
    answer={
        "mandates": Several(dict(_MANDATE)),
        "offered": Several({"provider": Code(), "creditor": Text(120), "ics": Text(35)}),
    },
)
"""A household's mandates, and which providers it may still give one to."""

give_mandate = UntypedMethod(
    OWNER,
    "give_mandate",
    request={
        "household_id": Id(),
        "provider": Code(),
        "kind": OneOf(MANDATE_KINDS),
        "holder": Text(70),
        "iban": Text(42),
        "bic": fields.String(load_default="", validate=validate.Length(0, 11)),
    },
    answer={"rum": Text(35)},
    writes=True,
)
"""
A guardian signs a mandate, of today.

Refusals: BadRequest (IBAN, BIC), DebitNotOffered (the provider does not debit, or has a mandate of
this household already).
"""

withdraw_mandate = UntypedMethod(
    OWNER,
    "withdraw_mandate",
    request={"mandate_id": Id(), "after_next": fields.Boolean(load_default=False)},
    answer={},
    writes=True,
)
"""Withdraw at once, or after one debit more. What is at the bank already is taken still."""

debits = UntypedMethod(
    OWNER,
    "debits",
    request={},
    answer={
        "regies": Several({"code": Code(), "label": Text(120), "notice_days": Count()}),
        "mandates": Count(),
        "suspended": Count(),
        "runs": Several(
            {
                "run_id": Id(),
                "number": Text(30),
                "state": OneOf(RUN_STATES),
                "collect_on": Day(),
                "debits": Count(),
                "rejected": Count(),
                "total_cents": Cents(),
            }
        ),
    },
)
"""Direct debit at a glance: the régies that collect so, mandates, the last runs."""

preview_debits = UntypedMethod(
    OWNER,
    "preview_debits",
    request={"regie": Code(), "collect_on": Day()},
    answer={"debits": Count(), "total_cents": Cents(), "earliest": Day()},
)
"""What would be debited on a day; `earliest` leaves families their days of notice."""

order_debits = UntypedMethod(
    OWNER,
    "order_debits",
    request={"regie": Code(), "collect_on": Day(), "debits": Count(), "total_cents": Cents()},
    answer={"run_id": Id()},
    writes=True,
)
"""
Debit what was shown, and tell each family. Refusals: Outdated (something else by now), TooEarly.
"""

read_debits = UntypedMethod(
    OWNER,
    "read_debits",
    request={"run_id": Id(), "after": fields.String(load_default="")},
    answer={
        "number": Text(30),
        "state": OneOf(RUN_STATES),
        "collect_on": Day(),
        "ordered_at": Moment(),
        "total_cents": Cents(),
        "debits": Several(
            {
                "payment_id": Id(),
                "invoice_id": Id(),
                "number": Text(30),
                "payer": Text(250),
                "rum": Text(35),
                "last4": Text(4),
                "sequence": OneOf(SEQUENCES),
                "cents": Cents(),
                "state": Code(),
                "reason": fields.String(required=True),
            }
        ),
        "next": fields.String(required=True),
    },
)
"""A run with a page of its debits, in the order of their bills."""

debit_file = UntypedMethod(
    OWNER,
    "debit_file",
    request={"run_id": Id(), **PART},
    answer=dict(FILE),
)
"""One part of a run's pain.008 file, the same bytes each time."""

confirm_debits = UntypedMethod(
    OWNER, "confirm_debits", request={"run_id": Id()}, answer={}, writes=True
)
"""The bank has taken them: what it did not reject is paid. Refusals: TooEarly."""

reject_debit = UntypedMethod(
    OWNER,
    "reject_debit",
    request={"payment_id": Id(), "reason": OneOf(REASONS)},
    answer={},
    writes=True,
)
"""The bank rejects a debit, before or after it was taken: the bill is owed again."""


class DebitNotOffered(Refusal):
    """The provider does not debit, or has a mandate of this household already."""

    code = "debit_not_offered"


class TooEarly(Refusal):
    """Families have so many days' notice: `detail["earliest"]`; or the day has not come."""

    code = "too_early"
