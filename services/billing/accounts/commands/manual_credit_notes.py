"""Credit notes by hand: an agent of a régie takes lines of a bill back; no bill is edited."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select, update

from services.billing.bills.commands import bill_cards, notices
from services.billing.bills.commands.credit_notes import post_credit_notes
from services.billing.bills.commands.invoices import write_bills
from services.billing.bills.queries.net_lines import STORED
from services.billing.bills.rules.contents_of_new_bills import (
    NewBill,
    make_credit_note,
    payment_key_of,
)
from services.billing.bills.rules.draft import IssuedLine, Taken, take_back_units
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import Invoice, InvoiceLine, ToBill
from services.billing.payments.commands.credits import use_credit_at_once
from shared.contracts.billing.bills import INVOICE
from shared.contracts.billing.regie.payers import CreditLinesAnswer, TooMuch
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.register import Provider
from shared.runtime.ids import new_id

UnitsByLine = Iterable[tuple[int, int]]
"""Lines by their number on the bill, each with how many units of it."""


def issue_credit_note_for_lines(
    write: Write, provider: Provider, invoice_id: str, units: UnitsByLine, reason: str, at: datetime
) -> CreditLinesAnswer:
    """
    Credit so many units of lines of a bill; return the credit note.

    What was paid becomes a credit of the household, and pays what it owes besides. Raises NotFound
    for a bill that is not this provider's, TooMuch for more than a line still holds.
    """
    bill = write.get(Invoice, invoice_id)
    if bill is None or bill.provider != provider.code or bill.kind != INVOICE:
        raise NotFound
    lock_cards(write, provider.code, [bill.household_id])
    regie = provider.regie(bill.regie)
    note = _new_credit_note(bill, _requested_units_as_taken(_net_lines(write, bill), units), reason)
    [issued] = write_bills(write, provider.code, regie, [note], at)
    post_credit_notes(write, regie.code, [note], at)
    use_credit_at_once(write, regie.code, [bill.household_id], at, note.id)
    _mark_to_bill(write, bill)
    detail = {"number": issued.number, "month": note.month, "cents": note.total_cents}
    key = f"bill:{note.id}"
    kind = "credit_note_issued"
    notices.notify_unless_on_hold(write, provider.code, bill.household_id, key, kind, detail, at)
    bill_cards.publish_changed_cards(write, provider.code, [bill.household_id], at)
    return CreditLinesAnswer(note.id, issued.number, note.total_cents)


def _new_credit_note(bill: Invoice, taken: Iterable[Taken], reason: str) -> NewBill:
    """Return the credit note, of the month of its bill."""
    note_id = new_id()
    return make_credit_note(
        note_id,
        bill.household_id,
        bill.month,
        taken,
        key=payment_key_of(secrets.token_hex(32), note_id),
        payer=bill.payer,
        reason=reason,
    )


def _net_lines(write: Write, bill: Invoice) -> Mapping[int, IssuedLine]:
    """Return a bill's lines net of credit notes, by their numbers."""
    of_bill = InvoiceLine.invoice_id == bill.id
    lines = {
        row.seq: IssuedLine(*(getattr(row, name) for name in STORED))
        for row in write.scalars(select(InvoiceLine).where(of_bill))
    }
    back = select(InvoiceLine.of_seq, func.sum(InvoiceLine.quantity), func.sum(InvoiceLine.cents))
    for seq, quantity, cents in write.execute(
        back.where(InvoiceLine.of_invoice_id == bill.id).group_by(InvoiceLine.of_seq)
    ):
        lines[int(seq or 0)].quantity += int(quantity)
        lines[int(seq or 0)].cents += int(cents)
    return lines


def _requested_units_as_taken(
    lines: Mapping[int, IssuedLine], requested: UnitsByLine
) -> list[Taken]:
    units: Counter[int] = Counter()
    for seq, quantity in requested:
        units[seq] += quantity
    for seq, quantity in units.items():
        if seq not in lines:
            raise NotFound
        if quantity > lines[seq].quantity:
            raise TooMuch(line=seq, most=lines[seq].quantity)
    taken = [
        _units_of_line_as_taken(lines[seq], quantity) for seq, quantity in sorted(units.items())
    ]
    if not any(back.cents for back in taken):
        raise TooMuch(most=0)
    return taken


def _units_of_line_as_taken(line: IssuedLine, quantity: int) -> Taken:
    """Return units as taken back; of a part of a line nobody said which days these were."""
    back = take_back_units(line, quantity)
    is_part = quantity < line.quantity or quantity < len(line.days)
    return replace(back, days=()) if is_part else back


def _mark_to_bill(write: Write, bill: Invoice) -> None:
    """
    Mark the household's months, so that a run about to bill it sees the new net lines.

    A month that has nothing to be billed stays so: what an agent gives back, no run bills again.
    """
    of_household = (ToBill.regie == bill.regie, ToBill.household_id == bill.household_id)
    write.execute(
        update(ToBill)
        .where(*of_household)
        .values(touched=ToBill.touched + 1)
        .execution_options(synchronize_session=False)
    )
