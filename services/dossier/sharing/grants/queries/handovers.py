"""Hand-overs between two services of a child, as a guardian may know of them (rules R9, R12)."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.protection import shown_to
from services.dossier.models import Relay
from shared.contracts.dossier.handovers import GuardianRelay
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


def shown(relay: Relay) -> GuardianRelay:
    """Return a hand-over as it is answered."""
    return GuardianRelay(
        relay_id=relay.id,
        from_provider=relay.from_provider,
        to_provider=relay.to_provider,
        weekdays=weekdays_of(relay),
        at=relay.at,
        valid_from=relay.valid_from,
        valid_to=relay.valid_to,
    )


def weekdays_of(relay: Relay) -> list[int]:
    """Return the weekdays of a hand-over, 1 (Monday) to 7."""
    return [int(digit) for digit in relay.weekdays]
