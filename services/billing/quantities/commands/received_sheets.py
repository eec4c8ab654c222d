"""
Unpriced quantities as providers publish them (rule R11): each version is stored, the greatest
counts.

What comes late is a greater version of its sheet. It changes no earlier one, and hence no bill that
was made from it; what it changes of what counts is priced again (quantities/commands/recount.py).
"""

from datetime import datetime

from sqlalchemy import insert

from services.billing.models import Quantity, QuantitySheet
from services.billing.quantities.commands.recount import count_newest_sheet
from shared.contracts.enrolment.attendance import AttendanceRecorded, attendance_recorded
from shared.contracts.message import ContractBroken
from shared.database import Write
from shared.register import Provider


def record_attendance_sheet(
    write: Write, provider: Provider, event: AttendanceRecorded, at: datetime
) -> bool:
    """
    Keep one version of a sheet, and let it count if it is the greatest; False where it is known.

    Raises ContractBroken for a child that is on it twice: which of the two counts is not ours
    to say.
    """
    if len({line["child_id"] for line in event.lines}) != len(event.lines):
        raise ContractBroken(attendance_recorded.full_name, {"lines": ["a child twice"]})
    key = {"provider": provider.code, "session_id": event.session_id, "version": event.version}
    sheet = write.upsert_into(QuantitySheet).values(
        **key,
        activity=event.activity,
        group_id=event.group_id,
        day=event.day,
        late=event.late,
        planned_minutes=event.planned_minutes,
        closed_at=event.closed_at,
        received_at=at,
    )
    kept = write.execute(sheet.on_conflict_do_nothing().returning(QuantitySheet.version))
    if kept.first() is None:
        return False
    if event.lines:
        write.execute(insert(Quantity), [{**key, **line} for line in event.lines])
    count_newest_sheet(write, provider, event)
    return True
