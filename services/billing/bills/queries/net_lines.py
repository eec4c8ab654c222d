"""What still stands of issued lines: as they were billed, less what credit notes took back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.chunks import chunks
from services.billing.models import Invoice, InvoiceLine
from services.billing.quantities.queries.counted import Due, by_month

_LINE, _BILL = (each.__table__.c for each in (InvoiceLine, Invoice))


@dataclass(slots=True)
class BilledLine:
    """
    A line of an issued invoice; `quantity` and `cents` are what still stands of it.

    `by_hand` is how much of its quantity an agent took back by a credit note made by hand: a run
    bills that no second time.
    """

    invoice_id: str
    seq: int
    child_id: str | None
    child: str
    activity: str
    tariff: str
    label: str
    part: str
    month: str
    days: Sequence[int]
    outcome: str
    quantity: int
    unit_cents: int
    share_bp: int
    cents: int
    tax: str
    budget: str
    price: str
    reason: Mapping[str, Any]
    issued_at: datetime
    by_hand: int = 0


Billed = Mapping[str, Sequence[BilledLine]]

_COLUMNS = (
    _LINE.household_id,
    _LINE.of_invoice_id,
    _LINE.of_seq,
    _BILL.run_id,
    _LINE.invoice_id,
    _LINE.seq,
    _LINE.child_id,
    _LINE.child,
    _LINE.activity,
    _LINE.tariff,
    _LINE.label,
    _LINE.part,
    _LINE.month,
    _LINE.days,
    _LINE.outcome,
    _LINE.quantity,
    _LINE.unit_cents,
    _LINE.share_bp,
    _LINE.cents,
    _LINE.tax,
    _LINE.budget,
    _LINE.price,
    _LINE.reason,
    _BILL.issued_at,
)


def billed_lines(session: Session, regie: str, due: Due) -> Mapping[str, Billed]:
    """
    Return by household and month the issued lines of its months that are to be priced again.

    In the order in which they were billed; months that were never billed are not there.
    """
    query = (
        select(*_COLUMNS)
        .join(_BILL.id.table, _BILL.id == _LINE.invoice_id)
        .where(_LINE.regie == regie)
        .order_by(_BILL.issued_at, _LINE.invoice_id, _LINE.seq)
    )
    found: dict[str, dict[str, list[BilledLine]]] = defaultdict(dict)
    for month, household_ids in by_month(due).items():
        for some in chunks(household_ids):
            mine = (_LINE.household_id.in_(some), _LINE.month == month)
            for household_id, line in _net(session.connection().execute(query.where(*mine)).all()):
                found[household_id].setdefault(month, []).append(line)
    return found


def _net(rows: Sequence[Any]) -> Iterable[tuple[str, BilledLine]]:
    billed = {(row[4], row[5]): (row[0], BilledLine(*row[4:])) for row in rows if row[1] is None}
    for _, of_invoice_id, of_seq, run_id, *line in rows:
        if of_invoice_id is not None:
            _, taken_from = billed[of_invoice_id, of_seq]
            back = BilledLine(*line)
            taken_from.quantity += back.quantity
            taken_from.cents += back.cents
            taken_from.by_hand += 0 if run_id else -back.quantity
    return billed.values()


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
