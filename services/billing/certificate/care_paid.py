"""What was paid of bills' childcare lines by the end of a day, by household and child."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bill.bills import CHARGES
from services.billing.certificate.allocating import allocated
from services.billing.chunks import chunks
from services.billing.models import Entry, Invoice, InvoiceLine, Posting
from services.billing.models.ledger import RECEIVABLE
from shared.contracts.tariffs import CHILDCARE

Paid = Mapping[tuple[str, str], int]


def care_paid(session: Session, provider: str, household_ids: Collection[str], until: date) -> Paid:
    """
    Return by household and child what was paid up to a day of what counts as childcare; cents.

    What came for a bill is shared out among its lines, as they stood at the end of that day.
    """
    found: dict[tuple[str, str], int] = defaultdict(int)
    for some in chunks(household_ids):
        lines, paid = _standing(session, provider, some, until), _paid(session, some, until)
        for invoice_id, standing in lines.items():
            parts = allocated([cents for _, cents in standing], paid.get(invoice_id, 0))
            for (line, _), part in zip(standing, parts, strict=True):
                if line.tax == CHILDCARE and line.child_id:
                    found[line.household_id, line.child_id] += part
    return found


def _standing(
    session: Session, provider: str, household_ids: Collection[str], until: date
) -> Mapping[str, list[tuple[Any, int]]]:
    """Return by invoice its lines in their order, with what credit notes left of each."""
    rows = session.execute(
        select(
            InvoiceLine.invoice_id,
            InvoiceLine.seq,
            InvoiceLine.household_id,
            InvoiceLine.child_id,
            InvoiceLine.tax,
            InvoiceLine.cents,
            InvoiceLine.of_invoice_id,
            InvoiceLine.of_seq,
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            Invoice.provider == provider,
            Invoice.household_id.in_(household_ids),
            Invoice.issued_on <= until,
        )
        .order_by(InvoiceLine.invoice_id, InvoiceLine.seq)
    ).all()
    back: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        if row.of_invoice_id:
            back[row.of_invoice_id, row.of_seq] += row.cents
    standing: dict[str, list[tuple[Any, int]]] = defaultdict(list)
    for row in rows:
        if not row.of_invoice_id:
            standing[row.invoice_id].append((row, row.cents + back[row.invoice_id, row.seq]))
    return standing


def _paid(
    session: Session, household_ids: Collection[str], until: date
) -> Mapping[str | None, int]:
    rows = session.execute(
        select(Posting.invoice_id, -func.sum(Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.household_id.in_(household_ids),
            Posting.account == RECEIVABLE,
            Entry.kind.not_in(CHARGES),
            Entry.day <= until,
        )
        .group_by(Posting.invoice_id)
    )
    return {invoice_id: int(cents) for invoice_id, cents in rows}
