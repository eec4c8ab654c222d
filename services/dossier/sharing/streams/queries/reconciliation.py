"""Inventories of what providers should hold, and children of whom something is to be sent."""

from collections.abc import Sequence

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from services.dossier.models import CarerAccess, Guardianship, Link, Projection, Section
from services.dossier.sharing.grants.queries import food_events as food_event_queries
from services.dossier.sharing.grants.queries.guardian_grants import select_children_past_last_day
from services.dossier.sharing.rules.policy import AccessPolicy
from shared.contracts.dossier.inventory_comparison import Entry
from shared.dates.instant import Instant

AT_ONCE = 500
"""Children in one transaction of a task, so that families' writes go in between."""


def expected_entries(session: Session, policy: AccessPolicy, provider: str) -> list[Entry]:
    """Return all that the provider should hold, sorted, tombstones included."""
    rows = session.execute(
        select(Projection.child_id, Projection.projection, Projection.version).where(
            Projection.provider == provider,
            Projection.projection.in_(policy.ceiling(provider)),
        )
    )
    return sorted((child_id, projection, version) for child_id, projection, version in rows)


def children_turning_today(session: Session, when: Instant) -> Sequence[str]:
    """Return children for whom a ruling, guardianship, access or grant begins, or ends."""
    turned = union(
        select(Section.child_id).where(Section.turns_on <= when.day),
        select(Guardianship.child_id).where(Guardianship.turns_on <= when.day),
        select(CarerAccess.child_id).where(CarerAccess.turns_on <= when.day),
        select_children_past_last_day(when.day),
        food_event_queries.select_children_at_turns(when.day),
    )
    return session.scalars(turned.order_by("child_id").limit(AT_ONCE)).all()


def children_sent_too_little(
    session: Session, policy: AccessPolicy, provider: str
) -> Sequence[str]:
    """Return children of whom the provider has come to be entitled to more than it was sent."""
    granted = policy.projections(provider)
    live_count = (
        select(func.count())
        .select_from(Projection)
        .where(
            Projection.child_id == Link.child_id,
            Projection.provider == provider,
            Projection.projection.in_(granted),
            Projection.digest.is_not(None),
        )
        .scalar_subquery()
    )
    return session.scalars(
        select(Link.child_id)
        .where(Link.provider == provider, Link.closed_at.is_(None), live_count < len(granted))
        .order_by(Link.child_id)
        .limit(AT_ONCE)
    ).all()
