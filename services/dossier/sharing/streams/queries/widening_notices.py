"""Households concerned by a widening that have had no notice of it yet."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.ids_of_joined_files import same_child_condition
from services.dossier.models import Child, ChildHousehold, Link, TrialMember, WideningNotice
from shared.register import Announced

AT_ONCE = 200
"""Households in one transaction of the task."""


def households_to_notify(session: Session, announced: Announced) -> Sequence[str]:
    """Return some households without a notice: of linked children, or of all children."""
    notified = select(WideningNotice.household_id).where(WideningNotice.key == announced.key)
    homes = (
        select(ChildHousehold.household_id)
        .join(Child, Child.id == ChildHousehold.child_id)
        .where(
            Child.first_name.is_not(None),
            ChildHousehold.household_id.not_in(notified),
            ChildHousehold.household_id.not_in(select(TrialMember.member_id)),
        )
    )
    if announced.provider:
        homes = homes.join(Link, same_child_condition(Link.child_id, Child.id)).where(
            Link.provider == announced.provider, Link.closed_at.is_(None)
        )
    return session.scalars(
        homes.distinct().order_by(ChildHousehold.household_id).limit(AT_ONCE)
    ).all()
