"""Children whom this provider has under two ids, since two files were joined at the dossier."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from services.enrolment.models import Activity, ChildCard, Group, Place, SameChild
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import not_ended_before_condition

FEW = 100
"""The most ids in a query; of more all pairs are read: they are few, and binding ids is slow."""


@dataclass(frozen=True)
class DoublePlaces:
    """A child with places under two ids: one is to be ended, somebody decides which."""

    child_id: str
    first_name: str
    last_name: str
    places: Sequence[tuple[str, str, str]]
    """Places of the child, each with the id under which it is, the activity and the group."""


def least_id_by_joined_child(read: Session, child_ids: Collection[str]) -> Mapping[str, str]:
    """Return by id, of these that are one child with another, the least of all of its ids."""
    query = select(SameChild.child_id, SameChild.other_id)
    if len(child_ids) <= FEW:
        query = query.where(SameChild.child_id.in_(child_ids))
    found: dict[str, str] = {}
    for child_id, other_id in read.execute(query):
        if child_id in child_ids:
            found[child_id] = min(found.get(child_id, child_id), other_id)
    return found


def other_cards_of(read: Session, child_id: str) -> Sequence[ChildCard]:
    """Return the cards under which this provider has the same child besides."""
    others = select(SameChild.other_id).where(SameChild.child_id == child_id)
    cards = select(ChildCard).where(ChildCard.child_id.in_(others))
    return read.scalars(cards.order_by(ChildCard.child_id)).all()


def children_with_double_places(
    read: Session, today: date, groups: Collection[str] | None = None
) -> list[DoublePlaces]:
    """
    Return the children with places that are not over under more than one of their ids.

    `groups` are those that the reader may see; None for all.
    """
    visible = true() if groups is None else Group.id.in_(groups)
    rows = read.execute(
        select(SameChild.child_id, SameChild.other_id, Activity.label, Group.label)
        .join(Place, Place.child_id == SameChild.child_id)
        .join(Group, Group.id == Place.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(not_ended_before_condition(Place.valid_to, today), visible)
        .order_by(
            french_sort_column(Activity.label), french_sort_column(Group.label), SameChild.child_id
        )
    )
    places: dict[str, dict[tuple[str, str, str], None]] = defaultdict(dict)
    for child_id, other_id, activity, group in rows:
        places[min(child_id, other_id)][child_id, activity, group] = None
    cards = {
        card.child_id: card
        for card in read.scalars(select(ChildCard).where(ChildCard.child_id.in_(places)))
    }
    return [
        DoublePlaces(one, cards[one].first_name, cards[one].last_name, list(theirs))
        for one, theirs in places.items()
        if one in cards and len({child_id for child_id, _activity, _group in theirs}) > 1
    ]
