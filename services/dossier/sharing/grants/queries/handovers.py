"""Hand-overs between two services of a child, as a guardian may know of them (rules R9, R12)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.protection import shown_to
from services.dossier.models import Relay
from shared.dates.instant import When

IN_FORCE = Relay.ended_at.is_(None)


def standing(session: Session, child_id: str, reader: str, when: When) -> Sequence[Relay]:
    """Return what runs or is to come, as far as this guardian may know of it (rule R9)."""
    view = shown_to(session, reader, child_id)
    rows = session.scalars(
        select(Relay)
        .where(
            Relay.child_id == child_id,
            IN_FORCE,
            or_(Relay.valid_to.is_(None), Relay.valid_to >= when.day),
        )
        .order_by(Relay.at, Relay.id)
    )
    return [row for row in rows if row.given_by == reader or view.knows(row.given_at)]


def shown(relay: Relay) -> dict[str, Any]:
    """Return a hand-over as it is answered."""
    names = ("from_provider", "to_provider", "at", "valid_from", "valid_to")
    days = [int(digit) for digit in relay.weekdays]
    return {"relay_id": relay.id, "weekdays": days} | {n: getattr(relay, n) for n in names}
