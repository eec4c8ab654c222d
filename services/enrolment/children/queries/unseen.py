"""What was not seen yet (rule R5): the list with which an agent begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Table, func, select

from services.enrolment.children.rules.visibility import Sight, in_order
from services.enrolment.models import ChildCard, HeldProjection
from shared.database import Read

_held = cast(Table, HeldProjection.__table__)


@dataclass(frozen=True)
class Waiting:
    """A child of whom something was not seen yet by one of the reader's roles."""

    child_id: str
    first_name: str
    last_name: str
    birth_date: date | None
    projections: tuple[str, ...]
    since: datetime


def waiting_children(read: Read, sight: Sight, most: int) -> tuple[list[Waiting], int]:
    """Return the children of whom the person has something to see, and how many there are."""
    waits = (_held.c.to_see.is_(True), _held.c.projection.in_(list(sight.marks)))
    since = func.min(_held.c.received_at).label("since")
    waiting = select(_held.c.child_id, since).where(*waits).group_by(_held.c.child_id)
    total = read.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    longest = read.execute(waiting.order_by(since, _held.c.child_id).limit(most))
    first = {child_id: moment for child_id, moment in longest}
    what = read.execute(
        select(_held.c.child_id, _held.c.projection).where(*waits, _held.c.child_id.in_(first))
    )
    return _waiting(read, first, [(row[0], row[1]) for row in what]), total


def _waiting(
    read: Read, first: dict[str, datetime], what: Sequence[tuple[str, str]]
) -> list[Waiting]:
    found = read.scalars(select(ChildCard).where(ChildCard.child_id.in_(first)))
    cards = {card.child_id: card for card in found}
    return [
        Waiting(
            child_id,
            cards[child_id].first_name if child_id in cards else "",
            cards[child_id].last_name if child_id in cards else "",
            cards[child_id].birth_date if child_id in cards else None,
            tuple(in_order(projection for child, projection in what if child == child_id)),
            since,
        )
        for child_id, since in first.items()
    ]
