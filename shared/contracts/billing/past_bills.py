"""
Past bills and payments of another software, in batches from operations: kept, shown, never owed.

They have that software's own numbers and stand outside of the ledger and of every number series:
nothing is billed, reminded, collected or certified from them (rule R10).
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import ValidationError, validate

from shared.contracts.billing.bills import (
    CREDITED,
    INVOICE,
    PAID,
    TRANSFERRED,
    BillAnswer,
    Kind,
    Label,
    Means,
    OfBill,
)
from shared.contracts.dossier.activity_history_requests import BATCH
from shared.contracts.message import Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Count,
    Day,
    Id,
    Month,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "billing"

OVER = (PAID, CREDITED, TRANSFERRED)
"""
States of a past bill. What is still owed to a régie is paid in the software that issued it, or
handed over to the public accountant there: it has no number here by which it could be paid.
"""

NUMBER = 30
"""The longest number of a bill or a payment."""
AT_ONCE = 200
"""The most bills, and the most payments, of one request: a message has a size."""

Batch = Annotated[str, BATCH]


class PastLine(TypedDict):
    """A line as that software printed it; `child` is a first name, "" for the household's own."""

    label: Label
    child: Annotated[str, maybe_text(80), EMPTY]
    quantity: Annotated[Count | None, NONE]
    cents: Cents


class PastBill(TypedDict):
    """
    One bill: cents, a credit note negative. `balance_cents` is owed at the Treasury alone.

    `number` is that software's own, once for each provider.
    """

    number: Annotated[str, text(NUMBER)]
    household_id: Id
    kind: Annotated[Kind, Default(INVOICE)]
    month: Month
    issued_on: Day
    due_on: Day
    total_cents: Cents
    balance_cents: Annotated[Cents, validate.Range(0), Default(0)]
    state: Annotated[str, one_of(OVER)]
    lines: Annotated[list[PastLine], list_length(0, 60), Default(list)]


def _check_past_bill(bill: PastBill) -> None:
    """Check a past bill across its fields; raises ValidationError."""
    invoice = bill["kind"] == INVOICE
    if invoice != (bill["total_cents"] >= 0):
        raise ValidationError("An invoice is of 0 or more, a credit note of less.", "kind")
    if not invoice and bill["state"] != CREDITED:
        raise ValidationError("A credit note is “credited”.", "state")
    at_treasury = bill["state"] == TRANSFERRED
    if bill["balance_cents"] and not at_treasury:
        raise ValidationError("Only what is transferred is still owed.", "balance_cents")
    if bill["balance_cents"] > max(0, bill["total_cents"]):
        raise ValidationError("More than the bill.", "balance_cents")


class PastPayment(TypedDict):
    """One payment that came: cents; `number` is its bill's, "" for none."""

    reference: Annotated[str, text(NUMBER)]
    household_id: Id
    number: Annotated[str, maybe_text(NUMBER), EMPTY]
    paid_on: Day
    means: Means
    cents: Annotated[Cents, validate.Range(1)]


UNKNOWN_HOUSEHOLD, OTHER_BATCH = "unknown_household", "other_batch"
TWICE, TO_COME = "twice", "to_come"
WHYS = (
    UNKNOWN_HOUSEHOLD,  # the dossier has not published it to billing: perhaps not yet
    OTHER_BATCH,  # that number came with another batch, and is that one's to change
    TWICE,  # an earlier row of the same request has that number
    TO_COME,  # of a day that is still to come
)

BILLS, PAYMENTS = "bills", "payments"


class RefusedRow(TypedDict):
    """A bill or a payment that was not kept, by its number, and why."""

    of: Annotated[str, one_of((BILLS, PAYMENTS))]
    number: Annotated[str, text(30)]
    why: Annotated[str, one_of(WHYS)]


@dataclass(frozen=True)
class ImportPastBillsRequest:
    batch: Batch
    provider: Code
    bills: Annotated[list[Annotated[PastBill, _check_past_bill]], list_length(0, AT_ONCE)] = field(
        default_factory=list
    )
    payments: Annotated[list[PastPayment], list_length(0, AT_ONCE)] = field(default_factory=list)


@dataclass(frozen=True)
class ImportPastBillsAnswer:
    new: Count
    changed: Count
    same: Count
    refused: list[RefusedRow]


import_past_bills = Method(
    OWNER, "import_past_bills", ImportPastBillsRequest, ImportPastBillsAnswer, writes=True
)
"""
Past bills and payments of one provider of the town, here or gone from it.

A batch may come in several requests, and again: a row that is the same changes nothing, one that
differs replaces itself; a row that comes no more stays until the batch is undone. A refused row
keeps no other back. Refusals: BadRequest for a provider that the town never had.
"""


@dataclass(frozen=True)
class UndoPastBillsRequest:
    batch: Batch


@dataclass(frozen=True)
class UndoPastBillsAnswer:
    removed: Count
    remaining: Count


undo_past_bills = Method(
    OWNER, "undo_past_bills", UndoPastBillsRequest, UndoPastBillsAnswer, writes=True
)
"""Takes a batch back, some households at a time: ask again while some are `remaining`."""


@dataclass(frozen=True, kw_only=True)
class ReadPastBillAnswer(BillAnswer):
    provider: Code
    lines: list[PastLine]


read_past_bill = Method(OWNER, "read_past_bill", OfBill, ReadPastBillAnswer)
"""A past bill of the guardian's own household; that software printed its document, not this one."""
