"""Projections that a provider is sent for the sake of a child's activities there (rule R2)."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import ActivitiesTaken, Link, Projection
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_targets import Target
from shared.database.prebuilt_statements import among_parameter, rows_among

_TAKEN = select(
    ActivitiesTaken.provider, ActivitiesTaken.child_id, ActivitiesTaken.activities
).where(ActivitiesTaken.child_id.in_(among_parameter()))


def targets_at_activities(
    session: Session, policy: AccessPolicy, targets: Collection[Target]
) -> set[Target]:
    """Return those of these targets whose child is at an activity that opens the projection."""
    opening = {
        target: codes
        for target in targets
        if (codes := policy.activities_opening(target.provider, target.projection))
    }
    children = {target.child_id for target in opening}
    taken = {
        (provider, child_id): set(activities)
        for provider, child_id, activities in rows_among(session, _TAKEN, children)
    }
    return {
        target
        for target, codes in opening.items()
        if codes & taken.get((target.provider, target.child_id), set())
    }


def targets_not_matching_activities(
    session: Session, policy: AccessPolicy, provider: str, most: int
) -> list[Target]:
    """
    Return targets that are sent without an activity that opens them, or are not sent with one.

    So it is where the register has come to ask for an activity, or for another one.
    """
    linked = set(
        session.scalars(
            select(Link.child_id).where(Link.provider == provider, Link.closed_at.is_(None))
        )
    )
    rows = session.execute(
        select(ActivitiesTaken.child_id, ActivitiesTaken.activities).where(
            ActivitiesTaken.provider == provider
        )
    )
    taken = {child_id: set(activities) for child_id, activities in rows if child_id in linked}
    narrowed = policy.by_activity.get(provider, {})
    due = {
        Target(child_id, provider, projection)
        for projection, codes in narrowed.items()
        for child_id, activities in taken.items()
        if codes & activities
    }
    sent = select(Projection.child_id, Projection.projection).where(
        Projection.provider == provider,
        Projection.projection.in_(narrowed),
        Projection.digest.is_not(None),
    )
    live = {
        Target(child_id, provider, projection)
        for child_id, projection in session.execute(sent)
        if child_id in linked
    }
    return sorted(due ^ live)[:most]
