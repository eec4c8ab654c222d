"""Handovers between two services of a child, as a guardian may see them (rules R9, R12)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import view_of_guardian
from services.dossier.models import Handover
from shared.contracts.dossier.sharing.handovers_between_services import GuardianHandover
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.instant import Instant

IN_FORCE = Handover.ended_at.is_(None)


def service_handovers_in_force(
    session: Session, child_id: str, reader: str, when: Instant
) -> Sequence[Handover]:
    """Return current and future handovers that this guardian may know of (rule R9)."""
    view = view_of_guardian(session, reader, child_id)
    rows = session.scalars(
        select(Handover)
        .where(
            Handover.child_id.in_(all_ids_of_child(session, child_id)),
            IN_FORCE,
            not_ended_before_condition(Handover.valid_to, when.day),
        )
        .order_by(Handover.at, Handover.id)
    )
    return [row for row in rows if row.given_by == reader or view.is_moment_known(row.given_at)]


def service_handover_as_shown(handover: Handover) -> GuardianHandover:
    """Return a handover as a guardian sees it."""
    return GuardianHandover(
        relay_id=handover.id,
        from_provider=handover.from_provider,
        to_provider=handover.to_provider,
        weekdays=weekdays_of_handover(handover),
        at=handover.at,
        valid_from=handover.valid_from,
        valid_to=handover.valid_to,
    )


def weekdays_of_handover(handover: Handover) -> list[int]:
    """Return the weekdays of a handover, 1 (Monday) to 7."""
    return [int(digit) for digit in handover.weekdays]
