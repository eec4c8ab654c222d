"""Contents that wait to be seen, in the order in which children come, and by group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import make_reach_of_places
from services.enrolment.children.queries.unseen_contents import unseen_projection_condition
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.families.queries.muted_children import muted_child_condition
from services.enrolment.models import (
    Activity,
    Booking,
    Group,
    Place,
    Session,
    StoredProjection,
)
from services.enrolment.models.offer import PLANNED
from shared.contracts.enrolment.places.states import BOOKED
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import valid_on_condition
from shared.dates.clock import PARIS

AHEAD = timedelta(days=40)
"""Time in which a child's next session is looked for: beyond the longest usual closure."""


@dataclass(frozen=True)
class GroupToSee:
    """A group with the number of its children of whom something waits."""

    group_id: str
    activity: str
    group: str
    children: int


def unseen_children_in_turn(read: Database, visibility: Visibility, now: datetime) -> Sequence[str]:
    """
    Return the children within reach with something to see, who comes next first.

    Of the others who waits longest; a session elsewhere brings nobody to the front.
    """
    day = now.astimezone(PARIS).date()
    to_see = unseen_projection_condition(read, visibility, day)
    waiting = select(StoredProjection.child_id).where(to_see)
    places = (visibility.places_marking(each) for each in visibility.sight_anywhere.marks)
    here = make_reach_of_places(read, frozenset().union(*places), day)
    comes = (
        select(Booking.child_id, func.min(Session.starts_at).label("at"))
        .join(Session, Session.id == Booking.session_id)
        .where(Booking.child_id.in_(waiting), Booking.state == BOOKED, Session.state == PLANNED)
        .where(Session.ends_at > now, Session.starts_at < now + AHEAD)
        .where(here.group_within_condition(Session.group_id))
        .group_by(Booking.child_id)
        .subquery()
    )
    since = func.min(StoredProjection.received_at)
    query = (
        select(StoredProjection.child_id)
        .outerjoin(comes, comes.c.child_id == StoredProjection.child_id)
        .where(to_see)
        .group_by(StoredProjection.child_id, comes.c.at)
        .order_by(comes.c.at.is_(None), comes.c.at, since, StoredProjection.child_id)
    )
    return read.scalars(query).all()


def groups_with_unseen_children(
    read: Database, visibility: Visibility, day: date
) -> list[GroupToSee]:
    """Return the groups within reach with a place for such a child on a day, by activity."""
    to_see = unseen_projection_condition(
        read, visibility, day, lambda reach: reach.group_within_condition(Group.id)
    )
    query = (
        select(
            Group.id, Activity.label, Group.label, func.count(distinct(StoredProjection.child_id))
        )
        .join(Activity, Activity.id == Group.activity_id)
        .join(Place, Place.group_id == Group.id)
        .join(StoredProjection, StoredProjection.child_id == Place.child_id)
        .where(to_see, valid_on_condition(Place, day))
        .group_by(Group.id, Activity.label, Group.label)
        .order_by(french_sort_column(Activity.label), french_sort_column(Group.label), Group.id)
    )
    return [GroupToSee(*row) for row in read.execute(query)]


def unseen_children_of_group(
    read: Database, visibility: Visibility, group_id: str, day: date
) -> Sequence[str]:
    """
    Return the children of a group with something to see, who waits longest first.

    `visibility` is what the person sees of this group (desk/access/reach_of_agent.py,
    sight_at_group).
    """
    since = func.min(StoredProjection.received_at)
    query = (
        select(StoredProjection.child_id)
        .join(Place, Place.child_id == StoredProjection.child_id)
        .where(Place.group_id == group_id, valid_on_condition(Place, day))
        .where(StoredProjection.to_see.is_(True))
        .where(~muted_child_condition(StoredProjection.__table__.c.child_id))
        .where(StoredProjection.projection.in_(list(visibility.marks)))
        .group_by(StoredProjection.child_id)
        .order_by(since, StoredProjection.child_id)
    )
    return read.scalars(query).all()
