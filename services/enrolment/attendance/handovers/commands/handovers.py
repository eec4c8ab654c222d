"""Hand-overs in the provider's database: what the dossier said, what is due on a day."""

from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, select

from services.enrolment.models import Relay, RelayMark
from shared.database import Write
from shared.dates.clock import today

KEPT = timedelta(days=14)
_relays = cast(Table, Relay.__table__)


def take(write: Write, fact: Any) -> None:
    """Keep what the dossier said of a hand-over, if it is newer; an end is its last day."""
    row = {name: getattr(fact, name) for name in _TOLD}
    if fact.ended:
        row["valid_to"] = min(fact.valid_to or date.max, today())
    row["weekdays"] = "".join(map(str, fact.weekdays))
    insert = write.upsert(_relays).values(**row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=["relay_id"], set_=row, where=_relays.c.version < fact.version
        )
    )


_TOLD = (
    "relay_id",
    "version",
    "child_id",
    "side",
    "other",
    "at",
    "valid_from",
    "valid_to",
    "ended",
)


def forget_past(write: Write, day: date) -> None:
    """Forget what was ticked two weeks ago, and hand-overs that are over for as long."""
    write.execute(delete(RelayMark).where(RelayMark.day < day - KEPT))
    used = select(RelayMark.relay_id)
    over = Relay.valid_to < day - KEPT
    write.execute(delete(Relay).where(over, Relay.relay_id.not_in(used)))
