"""
Unpriced quantities as providers tell them (rule R11): each version is kept, the greatest counts.

What comes late is a greater version of its sheet. It changes no earlier one, and hence no bill that
was made from it; the difference between the two is what a dated adjustment is about.
"""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from services.billing.differences import Line
from services.billing.models import Quantity, QuantitySheet
from shared.contracts.attendance import attendance_recorded
from shared.contracts.message import ContractBroken
from shared.database import Write


def record(write: Write, provider: str, fact: SimpleNamespace, at: datetime) -> bool:
    """
    Keep one version of a sheet; False where it is known already.

    Raises ContractBroken for a child that stands on it twice: which of the two counts is not ours
    to say.
    """
    if len({line["child_id"] for line in fact.lines}) != len(fact.lines):
        raise ContractBroken(attendance_recorded.full_name, {"lines": ["a child twice"]})
    key = {"provider": provider, "session_id": fact.session_id, "version": fact.version}
    sheet = write.upsert(QuantitySheet).values(
        **key,
        activity=fact.activity,
        group_id=fact.group_id,
        day=fact.day,
        late=fact.late,
        closed_at=fact.closed_at,
        received_at=at,
    )
    kept = write.execute(sheet.on_conflict_do_nothing().returning(QuantitySheet.version))
    if kept.first() is None:
        return False
    if fact.lines:
        write.execute(insert(Quantity), [key | line for line in fact.lines])
    return True


def present_version(session: Session, provider: str, session_id: str) -> int:
    """Return the version of a sheet that counts, 0 where none has come."""
    of_sheet = (QuantitySheet.provider == provider, QuantitySheet.session_id == session_id)
    return session.scalar(select(func.max(QuantitySheet.version)).where(*of_sheet)) or 0


def lines_of(session: Session, provider: str, session_id: str, version: int) -> Mapping[str, Line]:
    """Return the lines of one version of a sheet by child, none for version 0."""
    rows = session.scalars(
        select(Quantity)
        .where(
            Quantity.provider == provider,
            Quantity.session_id == session_id,
            Quantity.version == version,
        )
        .order_by(Quantity.child_id)
    )
    return {row.child_id: Line(row.household_id, row.outcome, row.quantity) for row in rows}
