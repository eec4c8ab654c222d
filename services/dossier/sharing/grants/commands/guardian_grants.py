"""
What a guardian has sent to one provider more: which acts stand, and their end (rule R4).

Queries and marks alone; what leaves by them is told in `sharing/publishing/commands/publisher.py`
and `sharing/links/commands/guardian_requests.py`.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from services.dossier.models import AlsoTold
from services.dossier.sharing.rules.targets import Target
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import When

_STANDS = AlsoTold.ended_at.is_(None)


def standing(session: Session, child_ids: Collection[str]) -> set[Target]:
    """Return what of these children is sent by a guardian's act that stands."""
    found: set[Target] = set()
    for some in chunks(child_ids):
        rows = select(AlsoTold.child_id, AlsoTold.provider, AlsoTold.projection).where(
            AlsoTold.child_id.in_(some), _STANDS
        )
        found.update(Target(*row) for row in session.execute(rows))
    return found


def acts_of(session: Session, child_id: str) -> Sequence[AlsoTold]:
    """Return the acts of one child that stand, by provider and projection."""
    mine = select(AlsoTold).where(AlsoTold.child_id == child_id, _STANDS)
    return session.scalars(mine.order_by(AlsoTold.provider, AlsoTold.projection)).all()


def act_that_stands(session: Session, target: Target) -> AlsoTold | None:
    """Return the act by which this is sent, or None."""
    return session.scalar(
        select(AlsoTold).where(
            AlsoTold.child_id == target.child_id,
            AlsoTold.provider == target.provider,
            AlsoTold.projection == target.projection,
            _STANDS,
        )
    )


def end_all(write: Write, child_id: str, provider: str, when: When) -> None:
    """End what is sent to a provider that no longer has the child: a new link asks anew."""
    mine = (AlsoTold.child_id == child_id, AlsoTold.provider == provider, _STANDS)
    write.execute(update(AlsoTold).where(*mine).values(ended_at=when.moment))


def children_whose_day_is_over(day: date) -> Select[Any]:
    """Return the statement of children for whom an act's last day has passed."""
    return select(AlsoTold.child_id).where(_STANDS, AlsoTold.until < day)


def end_due(write: Write, child_ids: Collection[str], when: When) -> list[Target]:
    """End the acts of these children whose last day has passed; return what is sent no more."""
    over = update(AlsoTold).where(
        AlsoTold.child_id.in_(child_ids), _STANDS, AlsoTold.until < when.day
    )
    ended = over.values(ended_at=when.moment).returning(
        AlsoTold.child_id, AlsoTold.provider, AlsoTold.projection
    )
    return sorted(Target(*row) for row in write.execute(ended))
