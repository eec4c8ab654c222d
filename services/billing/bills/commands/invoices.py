"""
Writes bills: a number, lines, and one entry in the ledger each, in one transaction.

Invoices and credit notes take their numbers from one series, in the order in which they come here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.billing.bills.rules.contents_of_new_bills import NewBill, Numbered, revenue_by_account
from services.billing.bills.rules.due_days import due_day
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.commands.entries import post_entries
from services.billing.ledger.rules.bill_number_forms import format_number, number_digits
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Invoice, InvoiceLine
from services.billing.models.ledger import BILLS, RECEIVABLE, RECLAIM
from services.billing.store import store
from shared.database import Write
from shared.database.bulk_rows import insert_rows
from shared.dates.clock import PARIS
from shared.json_values import as_json
from shared.register import Regie

_INVOICE = (
    "id", "kind", "provider", "regie", "number", "fiscal_year", "sequence", "household_id",
    "month", "run_id", "of_invoice_id", "issued_at", "issued_on", "due_on", "total_cents", "key",
    "payer", "reason",
)  # fmt: skip
_LINE = (
    "invoice_id", "seq", "regie", "household_id", "child_id", "child", "activity", "tariff",
    "label", "part", "month", "days", "outcome", "quantity", "unit_cents", "share_bp",
    "share_after_bp", "cents", "tax", "budget", "price", "reason", "of_invoice_id", "of_seq",
)  # fmt: skip


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
    due_on = due_day(day, regie.due_days, store.register.now.calendar.holiday_territory)
    first = gapless_numbers.take_numbers(write, regie.code, day.year, BILLS, len(bills))
    rows = [
        (
            bill.id, bill.kind, provider, regie.code,
            number_digits(regie, day.year, sequence), day.year, sequence, bill.household_id,
            bill.month, bill.run_id, bill.of_invoice_id, at, day, due_on, bill.total_cents,
            bill.key, bill.payer, bill.reason,
        )
        for sequence, bill in enumerate(bills, first)
    ]  # fmt: skip
    insert_rows(write, Invoice, _INVOICE, rows)
    reasons = _Encoded()
    lines = [row for bill in bills for row in _line_rows(regie.code, bill, reasons)]
    insert_rows(write, InvoiceLine, _LINE, lines, encoded=("days", "reason"))
    return [
        Numbered(bill, format_number(regie.prefix, day.year, sequence), due_on.isoformat())
        for sequence, bill in enumerate(bills, first)
    ]


def post_invoices(write: Write, regie: str, bills: Iterable[NewBill], at: datetime) -> None:
    """Post what invoices claim: receivable, and revenue by budget code."""
    post_entries(write, [invoice_entry(regie, bill, at) for bill in bills])


def invoice_entry(regie: str, bill: NewBill, at: datetime) -> NewEntry:
    """
    Return the entry of an invoice; its source names it, so that it is posted once.

    What it asks back earns nothing: it was paid out.
    """
    claim = Move(RECEIVABLE, bill.total_cents, bill.household_id, bill.id)
    earned = [
        Move(account, -cents) for account, cents in revenue_by_account(bill.lines).items() if cents
    ]
    if bill.asked_back_cents:
        earned.append(Move(RECLAIM, -bill.asked_back_cents, bill.household_id))
    day = at.astimezone(PARIS).date()
    return NewEntry(regie, "invoice", f"invoice:{bill.id}", day, at, [claim, *earned])


class _Encoded(dict[int, str]):
    """Reasons as JSON, each once: the lines of one price share theirs."""

    def json_of(self, reason: Mapping[str, object]) -> str:
        """Return a reason's JSON; the reason must outlive this."""
        encoded = self.get(id(reason))
        if encoded is None:
            encoded = self[id(reason)] = as_json(reason)
        return encoded


def _line_rows(regie: str, bill: NewBill, reasons: _Encoded) -> Iterable[tuple[object, ...]]:
    for seq, new in enumerate(bill.lines, 1):
        line = new.line
        yield (
            bill.id, seq, regie, bill.household_id, line.child_id, line.child, line.activity,
            line.tariff, line.label, line.part, line.month, f"[{', '.join(map(str, new.days))}]",
            line.outcome, new.quantity, line.unit_cents, line.share_bp, line.share_after_bp,
            new.cents, line.tax, line.budget, line.price, reasons.json_of(line.reason),
            new.of_invoice_id, new.of_seq,
        )  # fmt: skip
