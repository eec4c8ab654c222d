"""Hand-overs in the provider's database: what the dossier said, what is due on a day."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Table, delete, select

from services.enrolment.models import Relay, RelayMark
from shared.contracts.dossier.handovers import HandoverDeclared
from shared.database import Write
from shared.dates.clock import today

KEPT = timedelta(days=14)
_relays = cast(Table, Relay.__table__)


def take(write: Write, event: HandoverDeclared) -> None:
    """Keep what the dossier said of a hand-over, if it is newer; an end is its last day."""
    row = asdict(event)
    if event.ended:
        row["valid_to"] = min(event.valid_to or date.max, today())
    row["weekdays"] = "".join(map(str, event.weekdays))
    insert = write.upsert(_relays).values(**row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=["relay_id"], set_=row, where=_relays.c.version < event.version
        )
    )


def forget_past(write: Write, day: date) -> None:
    """Forget what was ticked two weeks ago, and hand-overs that are over for as long."""
    write.execute(delete(RelayMark).where(RelayMark.day < day - KEPT))
    used = select(RelayMark.relay_id)
    over = Relay.valid_to < day - KEPT
    write.execute(delete(Relay).where(over, Relay.relay_id.not_in(used)))
