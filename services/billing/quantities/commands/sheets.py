"""
Unpriced quantities as providers tell them (rule R11): each version is kept, the greatest counts.

What comes late is a greater version of its sheet. It changes no earlier one, and hence no bill that
was made from it; what it changes of what counts is priced again (quantities/commands/recount.py).
"""

from datetime import datetime
from types import SimpleNamespace

from sqlalchemy import insert

from services.billing.models import Quantity, QuantitySheet
from services.billing.quantities.commands.recount import recount
from shared.contracts.enrolment.attendance import attendance_recorded
from shared.contracts.message import ContractBroken
from shared.database import Write
from shared.register import Provider


def record(write: Write, provider: Provider, fact: SimpleNamespace, at: datetime) -> bool:
    """
    Keep one version of a sheet, and let it count if it is the greatest; False where it is known.

    Raises ContractBroken for a child that stands on it twice: which of the two counts is not ours
    to say.
    """
    if len({line["child_id"] for line in fact.lines}) != len(fact.lines):
        raise ContractBroken(attendance_recorded.full_name, {"lines": ["a child twice"]})
    key = {"provider": provider.code, "session_id": fact.session_id, "version": fact.version}
    sheet = write.upsert(QuantitySheet).values(
        **key,
        activity=fact.activity,
        group_id=fact.group_id,
        day=fact.day,
        late=fact.late,
        planned_minutes=fact.planned_minutes,
        closed_at=fact.closed_at,
        received_at=at,
    )
    kept = write.execute(sheet.on_conflict_do_nothing().returning(QuantitySheet.version))
    if kept.first() is None:
        return False
    if fact.lines:
        write.execute(insert(Quantity), [key | line for line in fact.lines])
    recount(write, provider, fact)
    return True
