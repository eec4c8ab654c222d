"""Choices of an outing: classes, pupils, activities, and the days on which they are booked."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Activity, Booking, ChildCard, Group, Session
from services.enrolment.models.offer import DRAFT
from shared.contracts.enrolment.places.states import BOOKED
from shared.database import Vault
from shared.database.tables.french_order import french_sort_column
from shared.json_values import JsonMapping
from shared.text import collation_key

SCHOOLING = "schooling"

SchoolClass = tuple[str, str]
"""A school and a class in it, as families and the school call them."""


def school_classes(
    read: DatabaseSession, vault: Vault, *reaches: Reach
) -> dict[SchoolClass, list[str]]:
    """
    Return the classes of the children whose schooling is stored here, with their children.

    Only of children within each of these reaches.
    """
    by_class: dict[SchoolClass, list[str]] = {}
    for child_id, content in _schooling_of_children_within(read, vault, reaches).items():
        if content.get("class_name"):
            by_class.setdefault((content["school"], content["class_name"]), []).append(child_id)
    return dict(sorted(by_class.items()))


def _schooling_of_children_within(
    read: DatabaseSession, vault: Vault, reaches: Collection[Reach]
) -> Mapping[str, JsonMapping]:
    narrow = [reach for reach in reaches if reach is not EVERYWHERE]
    if not narrow:
        return contents_of_projection(read, vault, SCHOOLING)
    known = select(ChildCard.child_id)
    within = known.where(*(reach.child_within_condition(ChildCard.child_id) for reach in narrow))
    return contents_of_projection(read, vault, SCHOOLING, read.scalars(within).all())


def pupil_cards(read: DatabaseSession, child_ids: Collection[str]) -> list[ChildCard]:
    """Return how these children are called, by name."""
    cards = read.scalars(select(ChildCard).where(ChildCard.child_id.in_(child_ids)))
    return sorted(
        cards,
        key=lambda card: (
            collation_key(card.last_name),
            collation_key(card.first_name),
            card.birth_date,
        ),
    )


def running_activities(read: DatabaseSession, reach: Reach = EVERYWHERE) -> list[Activity]:
    """Return the activities that run and are within reach with all their groups, by name."""
    query = select(Activity).where(Activity.state != DRAFT)
    if reach is not EVERYWHERE:
        here = select(Group.activity_id).where(reach.group_within_condition(Group.id))
        beyond = select(Group.activity_id).where(~reach.group_within_condition(Group.id))
        query = query.where(Activity.id.in_(here), Activity.id.not_in(beyond))
    return list(read.scalars(query.order_by(french_sort_column(Activity.label), Activity.id)))


def groups_of_activity(read: DatabaseSession, activity_id: str) -> list[Group]:
    """Return the groups of an activity, by name."""
    query = (
        select(Group)
        .filter_by(activity_id=activity_id)
        .order_by(french_sort_column(Group.label), Group.id)
    )
    return list(read.scalars(query))


def count_booked_days_by_child(
    read: DatabaseSession,
    activity_ids: Collection[str],
    days: tuple[date, date],
    child_ids: Collection[str],
) -> dict[str, int]:
    """Return on how many of these days each child is booked."""
    query = (
        select(Booking.child_id, func.count(distinct(Session.day)))
        .join(Session, Session.id == Booking.session_id)
        .join(Group, Group.id == Session.group_id)
        .where(
            Group.activity_id.in_(activity_ids),
            Session.day.between(*days),
            Booking.state == BOOKED,
            Booking.child_id.in_(child_ids),
        )
        .group_by(Booking.child_id)
    )
    return {child_id: count for child_id, count in read.execute(query)}
