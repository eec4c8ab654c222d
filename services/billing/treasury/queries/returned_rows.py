"""Rows of returns as a régie's pages show them; read, never changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import ReturnedRow, TreasuryReturn
from services.billing.treasury.queries.lots import unclear_row_conditions
from shared.contracts.billing.regie.treasury import PAGE, ReturnedRowsAnswer, ShownRow
from shared.contracts.errors import NotFound
from shared.register import Provider


def page_of_returned_rows(
    session: Session, provider: Provider, return_id: str | None, after: str
) -> ReturnedRowsAnswer:
    """Return a page of a return's rows, or of all that wait to be seen to; raises NotFound."""
    query = select(ReturnedRow, TreasuryReturn.read_at).join(TreasuryReturn)
    if return_id is None:
        query = query.where(*unclear_row_conditions([regie.code for regie in provider.regies]))
    else:
        returned = session.get(TreasuryReturn, return_id)
        if returned is None or returned.provider != provider.code:
            raise NotFound
        query = query.where(ReturnedRow.return_id == return_id)
    place = int(after) if after.isdecimal() else 0
    rows = session.execute(
        query.order_by(TreasuryReturn.read_at, ReturnedRow.place, ReturnedRow.id)
        .offset(place)
        .limit(PAGE + 1)
    ).all()
    following = str(place + PAGE) if len(rows) > PAGE else ""
    return ReturnedRowsAnswer(
        [_returned_row_as_listed(row, at) for row, at in rows[:PAGE]], next=following
    )


def _returned_row_as_listed(row: ReturnedRow, at: datetime) -> ShownRow:
    return ShownRow(
        row_id=row.id,
        at=at,
        place=row.place,
        key=row.key,
        kind=row.kind,
        debt=row.debt,
        titre=row.titre,
        day=row.day,
        cents=row.cents,
        reason=row.reason,
        outcome=row.outcome,
        why=row.why,
        seen=row.seen_at is not None,
    )
