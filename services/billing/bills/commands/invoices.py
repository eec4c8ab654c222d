"""
Bills as they are written: a number, lines, and one entry in the ledger each, in one transaction.

Invoices and credit notes take their numbers from one series, in the order in which they come here.
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from services.billing.bills.rules.draft import Issued
from services.billing.ledger.commands import numbers
from services.billing.ledger.commands.entries import Move, NewEntry, post
from services.billing.models import Invoice, InvoiceLine
from services.billing.models.ledger import BILLS, RECEIVABLE
from services.billing.pricing.rules.model import Line
from shared.contracts.billing.bills import CREDIT_NOTE, INVOICE
from shared.database import Write
from shared.database.rows import insert_rows
from shared.dates.clock import PARIS
from shared.register import Regie

KEY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
KEY_LENGTH = 8

_json = json.JSONEncoder(ensure_ascii=False).encode

_INVOICE = (
    "id", "kind", "provider", "regie", "number", "fiscal_year", "sequence", "household_id",
    "month", "run_id", "of_invoice_id", "issued_at", "issued_on", "due_on", "total_cents", "key",
    "payer", "reason",
)  # fmt: skip
_LINE = (
    "invoice_id", "seq", "regie", "household_id", "child_id", "child", "activity", "tariff",
    "label", "part", "month", "days", "outcome", "quantity", "unit_cents", "share_bp", "cents",
    "tax", "budget", "price", "reason", "of_invoice_id", "of_seq",
)  # fmt: skip


class NewLine(NamedTuple):
    """
    A line to be written: of an invoice as priced, of a credit note with what it takes back.

    The latter has a negative quantity and negative cents, and names the line that it is about.
    """

    line: Line | Issued
    quantity: int
    cents: int
    days: Sequence[int]
    of_invoice_id: str | None = None
    of_seq: int | None = None


@dataclass(frozen=True, slots=True)
class NewBill:
    """An invoice or, where it names another bill, a credit note to be written."""

    id: str
    household_id: str
    month: str
    key: str
    payer: Sequence[str]
    lines: Sequence[NewLine]
    run_id: str | None = None
    of_invoice_id: str | None = None
    reason: str = ""

    @property
    def kind(self) -> str:
        return CREDIT_NOTE if self.of_invoice_id else INVOICE

    @property
    def total_cents(self) -> int:
        return sum(line.cents for line in self.lines)


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a bill became: its number as people read it, and when it is due (ISO 8601)."""

    bill: NewBill
    number: str
    due_on: str


def invoice(
    bill_id: str,
    household_id: str,
    month: str,
    lines: Iterable[Line],
    *,
    key: str,
    payer: Sequence[str],
    run_id: str,
) -> NewBill:
    """Return the invoice of some priced lines."""
    new = [NewLine(line, line.quantity, line.cents, line.days) for line in lines]
    return NewBill(bill_id, household_id, month, key, payer, new, run_id)


def write_bills(
    write: Write, provider: str, regie: Regie, bills: Sequence[NewBill], at: datetime
) -> Sequence[Numbered]:
    """
    Write bills with their lines, numbered in this order; no entry is posted here.

    The counter is locked from here to the end of the transaction.
    """
    if not bills:
        return []
    day = at.astimezone(PARIS).date()
    due_on = day + timedelta(days=regie.due_days)
    first = numbers.take(write, regie.code, day.year, BILLS, len(bills))
    rows = [
        (
            bill.id, bill.kind, provider, regie.code,
            numbers.payload(regie, day.year, sequence), day.year, sequence, bill.household_id,
            bill.month, bill.run_id, bill.of_invoice_id, at, day, due_on, bill.total_cents,
            bill.key, bill.payer, bill.reason,
        )
        for sequence, bill in enumerate(bills, first)
    ]  # fmt: skip
    insert_rows(write, Invoice, _INVOICE, rows)
    reasons = _Encoded()
    lines = [row for bill in bills for row in _lines(regie.code, bill, reasons)]
    insert_rows(write, InvoiceLine, _LINE, lines, encoded=("days", "reason"))
    return [
        Numbered(bill, numbers.readable(regie.prefix, day.year, sequence), due_on.isoformat())
        for sequence, bill in enumerate(bills, first)
    ]


def post_invoices(write: Write, regie: str, bills: Iterable[NewBill], at: datetime) -> None:
    """Post what invoices claim: receivable, and revenue by budget code."""
    post(write, [invoice_entry(regie, bill, at) for bill in bills])


def invoice_entry(regie: str, bill: NewBill, at: datetime) -> NewEntry:
    """Return the entry of an invoice; its source names it, so that it is posted once."""
    claim = Move(RECEIVABLE, bill.total_cents, bill.household_id, bill.id)
    earned = [Move(account, -cents) for account, cents in revenue(bill.lines).items() if cents]
    day = at.astimezone(PARIS).date()
    return NewEntry(regie, "invoice", f"invoice:{bill.id}", day, at, [claim, *earned])


def revenue(lines: Iterable[NewLine]) -> Mapping[str, int]:
    """Return cents by account of revenue: the line's budget code or, without one, its tariff."""
    found: defaultdict[str, int] = defaultdict(int)
    for each in lines:
        found[each.line.budget or each.line.tariff] += each.cents
    return {f"revenue:{code}": cents for code, cents in found.items()}


def key_of(seed: str, bill_id: str) -> str:
    """
    Return what is printed beside a bill's reference to pay it without an account.

    Made of a secret and the bill's id: nobody can guess it, and done again it is the same.
    """
    number = int.from_bytes(hmac.digest(seed.encode(), bill_id.encode(), sha256)[:8], "big")
    places = (number >> 5 * place & 31 for place in range(KEY_LENGTH))
    return "".join(KEY_ALPHABET[place] for place in places)


class _Encoded(dict[int, str]):
    """Reasons as JSON, each once: the lines of one price share theirs."""

    def of(self, reason: Mapping[str, Any]) -> str:
        """Return a reason's JSON; the reason must outlive this."""
        found = self.get(id(reason))
        if found is None:
            found = self[id(reason)] = _json(reason)
        return found


def _lines(regie: str, bill: NewBill, reasons: _Encoded) -> Iterable[tuple[Any, ...]]:
    for seq, new in enumerate(bill.lines, 1):
        line = new.line
        yield (
            bill.id, seq, regie, bill.household_id, line.child_id, line.child, line.activity,
            line.tariff, line.label, line.part, line.month, f"[{', '.join(map(str, new.days))}]",
            line.outcome, new.quantity, line.unit_cents, line.share_bp, new.cents, line.tax,
            line.budget, line.price, reasons.of(line.reason), new.of_invoice_id, new.of_seq,
        )  # fmt: skip
