"""Hand-overs in the provider's database: what the dossier said, what is due on a day."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Table, delete, select

from services.enrolment.models import Handover, HandoverMark
from shared.contracts.dossier.handovers import RelayDeclared
from shared.database import Write
from shared.dates.clock import today

KEPT = timedelta(days=14)
_handovers = cast(Table, Handover.__table__)


def take(write: Write, event: RelayDeclared) -> None:
    """Keep what the dossier said of a hand-over, if it is newer; an end is its last day."""
    row = asdict(event)
    row["handover_id"] = row.pop("relay_id")
    if event.ended:
        row["valid_to"] = min(event.valid_to or date.max, today())
    row["weekdays"] = "".join(map(str, event.weekdays))
    insert = write.upsert(_handovers).values(**row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=["handover_id"], set_=row, where=_handovers.c.version < event.version
        )
    )


def forget_past(write: Write, day: date) -> None:
    """Forget what was ticked two weeks ago, and hand-overs that are over for as long."""
    write.execute(delete(HandoverMark).where(HandoverMark.day < day - KEPT))
    used = select(HandoverMark.handover_id)
    over = Handover.valid_to < day - KEPT
    write.execute(delete(Handover).where(over, Handover.handover_id.not_in(used)))
