"""Rows of returns as a régie's pages show them; read, never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import ReturnedRow, TreasuryReturn
from services.billing.treasury.queries.lots import unclear
from shared.contracts.billing.treasury import PAGE
from shared.contracts.errors import NotFound
from shared.register import Provider


def rows_of(session: Session, provider: Provider, return_id: str | None, after: str) -> Any:
    """Return a page of a return's rows, or of all that wait to be seen to; raises NotFound."""
    query = select(ReturnedRow, TreasuryReturn.read_at).join(TreasuryReturn)
    if return_id is None:
        query = query.where(*unclear([regie.code for regie in provider.regies]))
    else:
        found = session.get(TreasuryReturn, return_id)
        if found is None or found.provider != provider.code:
            raise NotFound
        query = query.where(ReturnedRow.return_id == return_id)
    place = int(after) if after.isdigit() else 0
    rows = session.execute(
        query.order_by(TreasuryReturn.read_at, ReturnedRow.place, ReturnedRow.id)
        .offset(place)
        .limit(PAGE + 1)
    ).all()
    following = str(place + PAGE) if len(rows) > PAGE else ""
    return {"rows": [_shown(row, at) for row, at in rows[:PAGE]], "next": following}


def _shown(row: ReturnedRow, at: datetime) -> Mapping[str, Any]:
    names = ("place", "key", "kind", "debt", "titre", "day", "cents", "reason", "outcome", "why")
    return {
        "row_id": row.id,
        "at": at,
        **{name: getattr(row, name) for name in names},
        "seen": row.seen_at is not None,
    }
