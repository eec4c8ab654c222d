"""Hand-overs as the dossier declared them, stored by version, and their retention."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Table, delete, select

from services.enrolment.models import Handover, HandoverMark
from shared.contracts.dossier.sharing.handovers_between_services import HandoverDeclared
from shared.database import Write
from shared.dates.clock import today

KEPT = timedelta(days=14)
_handovers = cast(Table, Handover.__table__)


def store_service_handover(write: Write, event: HandoverDeclared) -> None:
    """Store a declared hand-over if its version is newer; an end becomes its last day."""
    row = asdict(event)
    row["handover_id"] = row.pop("relay_id")
    if event.ended:
        row["valid_to"] = min(event.valid_to or date.max, today())
    row["weekdays"] = "".join(map(str, event.weekdays))
    insert = write.upsert_into(_handovers).values(**row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=["handover_id"], set_=row, where=_handovers.c.version < event.version
        )
    )


def forget_past_service_handovers(write: Write, day: date) -> None:
    """Delete ticks older than two weeks, and hand-overs that ended before that."""
    write.execute(delete(HandoverMark).where(HandoverMark.day < day - KEPT))
    used = select(HandoverMark.handover_id)
    over = Handover.valid_to < day - KEPT
    write.execute(delete(Handover).where(over, Handover.handover_id.not_in(used)))
