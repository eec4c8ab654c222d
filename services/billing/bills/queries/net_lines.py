"""Issued lines net of credit notes: as they were billed, less what was taken back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.rules.draft import IssuedLine
from services.billing.models import Invoice, InvoiceLine
from services.billing.quantities.queries.counted_quantities import Due, households_by_month
from shared.database.chunks import ordered_chunks

_LINE, _BILL = (table.__table__.c for table in (InvoiceLine, Invoice))


STORED = tuple(column.name for column in fields(IssuedLine) if column.name != "by_hand")
"""The columns of an issued line that are stored, in the order of its arguments."""

Billed = Mapping[str, Sequence[IssuedLine]]

_COLUMNS = (
    _LINE.household_id,
    _LINE.of_invoice_id,
    _LINE.of_seq,
    _BILL.run_id,
    *(_LINE[name] for name in STORED),
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
    nets: dict[str, dict[str, list[IssuedLine]]] = defaultdict(dict)
    for month, household_ids in households_by_month(due).items():
        for chunk in ordered_chunks(household_ids):
            conditions = (_LINE.household_id.in_(chunk), _LINE.month == month)
            for household_id, line in _lines_net_of_credit_notes(
                session.connection().execute(query.where(*conditions)).all()
            ):
                nets[household_id].setdefault(month, []).append(line)
    return nets


def _lines_net_of_credit_notes(rows: Sequence[Any]) -> Iterable[tuple[str, IssuedLine]]:
    billed: dict[tuple[str, int], tuple[str, IssuedLine]] = {}
    for household_id, of_invoice_id, _, _, *columns in rows:
        if of_invoice_id is None:
            line = IssuedLine(*columns)
            billed[line.invoice_id, line.seq] = household_id, line
    for _, of_invoice_id, of_seq, run_id, *columns in rows:
        if of_invoice_id is not None:
            _, taken_from = billed[of_invoice_id, of_seq]
            back = IssuedLine(*columns)
            taken_from.quantity += back.quantity
            taken_from.cents += back.cents
            taken_from.by_hand += 0 if run_id else -back.quantity
    return billed.values()


def net_lines(session: Session, *which: Any) -> Mapping[str, list[tuple[Any, int]]]:
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
            InvoiceLine.activity,
            InvoiceLine.days,
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
    net: dict[str, list[tuple[object, int]]] = defaultdict(list)
    for row in rows:
        if not row.of_invoice_id:
            net[row.invoice_id].append((row, row.cents + back[row.invoice_id, row.seq]))
    return net
