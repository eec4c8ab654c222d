"""Publishes a widening before it takes effect, once to each household concerned."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Child, ChildHousehold, Link, WideningNotice
from shared.contracts.dossier.sharing import provider_changes as contracts
from shared.database import Write
from shared.dates.instant import Instant
from shared.register import Announced


def publish_widening(
    write: Write, announced: Announced, household_ids: Collection[str], when: Instant
) -> None:
    """Publish the notice to these households, unless one was sent meanwhile."""
    for household_id in sorted(household_ids):
        row = {"household_id": household_id, "key": announced.key}
        first = write.upsert_into(WideningNotice).values(row).on_conflict_do_nothing()
        if write.execute(first.returning(WideningNotice.key)).first():
            write.publish(
                contracts.widening_announced,
                contracts.WideningAnnounced(
                    household_id=household_id,
                    key=announced.key,
                    kind=announced.kind,
                    provider=announced.provider,
                    what=announced.what,
                    after=announced.after,
                    valid_from=announced.valid_from,
                    child_ids=_children_concerned(write, announced, household_id),
                    at=when.moment,
                ),
            )


def _children_concerned(session: Session, announced: Announced, household_id: str) -> list[str]:
    living = (
        select(Child.id)
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(ChildHousehold.household_id == household_id, Child.first_name.is_not(None))
    )
    if announced.provider:
        living = living.join(Link, Link.child_id == Child.id).where(
            Link.provider == announced.provider, Link.closed_at.is_(None)
        )
    return list(session.scalars(living.distinct().order_by(Child.id)))
