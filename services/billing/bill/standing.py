"""Lines of issued bills with what credit notes left of each."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import Invoice, InvoiceLine


def standing_lines(session: Session, *which: Any) -> Mapping[str, list[tuple[Any, int]]]:
    """
    Return by invoice its lines in their order, with what credit notes left of each in cents.

    `which` are conditions on Invoice; they must take a bill's credit notes too.
    """
    rows = session.execute(
        select(
            InvoiceLine.invoice_id,
            InvoiceLine.seq,
            InvoiceLine.household_id,
            InvoiceLine.child_id,
            InvoiceLine.label,
            InvoiceLine.month,
            InvoiceLine.budget,
            InvoiceLine.tax,
            InvoiceLine.cents,
            InvoiceLine.of_invoice_id,
            InvoiceLine.of_seq,
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(*which)
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
