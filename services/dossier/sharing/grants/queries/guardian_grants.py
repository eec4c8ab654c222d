"""Grants of guardians in force: projections sent to one more provider (rule R4)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.dossier.models import GuardianGrant
from services.dossier.sharing.rules.projection_targets import Target
from shared.database.prebuilt_statements import among_parameter, rows_among

IN_FORCE = GuardianGrant.ended_at.is_(None)
_TARGETS = select(GuardianGrant.child_id, GuardianGrant.provider, GuardianGrant.projection).where(
    GuardianGrant.child_id.in_(among_parameter()), IN_FORCE
)


def granted_targets_in_force(session: Session, child_ids: Collection[str]) -> set[Target]:
    """Return the targets of these children's grants in force."""
    return {Target(*row) for row in rows_among(session, _TARGETS, child_ids)}


def grants_of_child(session: Session, child_id: str) -> Sequence[GuardianGrant]:
    """Return one child's grants in force, by provider and projection."""
    grants = select(GuardianGrant).where(GuardianGrant.child_id == child_id, IN_FORCE)
    return session.scalars(grants.order_by(GuardianGrant.provider, GuardianGrant.projection)).all()


def grant_in_force(session: Session, target: Target) -> GuardianGrant | None:
    """Return the grant in force for this target, or None."""
    return session.scalar(
        select(GuardianGrant).where(
            GuardianGrant.child_id == target.child_id,
            GuardianGrant.provider == target.provider,
            GuardianGrant.projection == target.projection,
            IN_FORCE,
        )
    )


def select_children_past_last_day(day: date) -> Select[Any]:
    """Return the statement of children with a grant whose last day has passed."""
    return select(GuardianGrant.child_id).where(IN_FORCE, GuardianGrant.until < day)
