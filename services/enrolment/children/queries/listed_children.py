"""The children of a provider by family name, with where they have places: the desk's own list."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach import EVERYWHERE, Reach
from services.enrolment.children.queries.search_index import narrowing
from services.enrolment.children.rules.names import Named, listed_names
from services.enrolment.models import Activity, ChildCard, Group, Place
from services.enrolment.models.offer import GROUP_SITE


@dataclass(frozen=True)
class ListedChild:
    """A child with its activities, groups and sites of that day or later, in their order."""

    child_id: str
    last_name: str
    first_name: str
    birth_date: date
    search: str
    activities: Sequence[str] = field(default_factory=list)
    groups: Sequence[str] = field(default_factory=list)
    sites: Sequence[str] = field(default_factory=list)


def listed_children(
    read: Database, day: date, reach: Reach = EVERYWHERE, query: str = ""
) -> list[ListedChild]:
    """
    Return the children within reach whose names have come here, in the database's order.

    With a query, those who answer to it: the others of a town are not read.
    """
    named = narrowing(read, query, reach)
    columns = (ChildCard.child_id, ChildCard.first_name, ChildCard.last_name, ChildCard.birth_date)
    cards = {
        Named(child_id, first, last, born): search
        for child_id, first, last, born, search in read.execute(
            select(*columns, ChildCard.search).where(named, reach.of_children(ChildCard.child_id))
        ).tuples()
    }
    names, places = listed_names(cards), _places_on(read, day, reach, named)
    return [
        ListedChild(
            child.child_id,
            *names[child.child_id],
            child.birth_date,
            search,
            *map(list, zip(*places.get(child.child_id, ()), strict=True)),
        )
        for child, search in cards.items()
    ]


def _places_on(
    read: Database, day: date, reach: Reach, named: ColumnElement[bool]
) -> dict[str, list[tuple[str, str, str]]]:
    """Return by child the activity, group and site of each place within reach that is not over."""
    query = (
        select(Place.child_id, Activity.label, Group.label, GROUP_SITE)
        .join(Group, Group.id == Place.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(or_(Place.valid_to.is_(None), Place.valid_to >= day), reach.of_groups(Group.id))
        .where(Place.child_id.in_(select(ChildCard.child_id).where(named)))
        .order_by(Activity.label, Group.label, Place.id)
    )
    places: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for child_id, *place in read.execute(query):
        places[child_id].append((place[0], place[1], place[2]))
    return places
