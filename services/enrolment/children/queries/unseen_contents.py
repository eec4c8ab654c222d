"""Children with something not seen yet (rule R5): the list with which an agent begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, false, func, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import Reach, make_reach_of_places
from services.enrolment.children.rules.visibility import Visibility, projections_in_page_order
from services.enrolment.families.queries.muted_children import muted_child_condition
from services.enrolment.models import ChildCard, StoredProjection
from shared.database import Read

_projections = cast(Table, StoredProjection.__table__)


@dataclass(frozen=True)
class Waiting:
    """A child with a projection that one of the reader's roles has not seen yet."""

    child_id: str
    first_name: str
    last_name: str
    birth_date: date | None
    projections: tuple[str, ...]
    since: datetime


def children_with_unseen(
    read: Read, visibility: Visibility, most: int, day: date
) -> tuple[list[Waiting], int]:
    """Return the children with something that the person has to see that day, and their number."""
    conditions = (unseen_projection_condition(read, visibility, day),)
    since = func.min(_projections.c.received_at).label("since")
    waiting = (
        select(_projections.c.child_id, since).where(*conditions).group_by(_projections.c.child_id)
    )
    total = read.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    longest = read.execute(waiting.order_by(since, _projections.c.child_id).limit(most))
    first = {child_id: moment for child_id, moment in longest}
    rows = read.execute(
        select(_projections.c.child_id, _projections.c.projection).where(
            *conditions, _projections.c.child_id.in_(first)
        )
    )
    return _named_children_who_wait(read, first, [(row[0], row[1]) for row in rows]), total


def unseen_projection_condition(
    read: Database,
    visibility: Visibility,
    day: date,
    within: Callable[[Reach], ColumnElement[bool]] = lambda reach: reach.child_within_condition(
        _projections.c.child_id
    ),
) -> ColumnElement[bool]:
    """
    Return the condition of a projection not seen yet that the person marks, where its roles reach.

    `within` says what has to be within the reach of the roles that mark a projection: the child,
    where nothing else is asked. Nothing is asked to be read of who is under a record hold: the
    child comes no more.
    """
    marked = {
        projection: make_reach_of_places(read, visibility.places_marking(projection), day)
        for projection in visibility.sight_anywhere.marks
    }
    reached = (
        and_(_projections.c.projection == projection, within(reach))
        for projection, reach in marked.items()
    )
    muted = muted_child_condition(_projections.c.child_id)
    return and_(_projections.c.to_see.is_(True), ~muted, or_(false(), *reached))


def _named_children_who_wait(
    read: Read, first: dict[str, datetime], unseen: Sequence[tuple[str, str]]
) -> list[Waiting]:
    rows = read.scalars(select(ChildCard).where(ChildCard.child_id.in_(first)))
    cards = {card.child_id: card for card in rows}
    return [
        Waiting(
            child_id,
            cards[child_id].first_name if child_id in cards else "",
            cards[child_id].last_name if child_id in cards else "",
            cards[child_id].birth_date if child_id in cards else None,
            tuple(
                projections_in_page_order(
                    projection for child, projection in unseen if child == child_id
                )
            ),
            since,
        )
        for child_id, since in first.items()
    ]
