"""
Shields a protected household from the child's other household (rule R9).

The other one does not even see « réservé », and none of its places: a group can reveal a school, a
day a move.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application, Place, ProtectedHousehold
from shared.database.prebuilt_statements import execute, list_parameter

_PROTECTED = select(ProtectedHousehold.child_id, ProtectedHousehold.household_id).where(
    ProtectedHousehold.child_id.in_(list_parameter("child_ids"))
)


def hidden_homes(
    read: Database, child_ids: Collection[str], households: Collection[str]
) -> Mapping[str, set[str]]:
    """
    Return by child the protected homes other than these households, which see nothing of them.
    """
    by_child: dict[str, set[str]] = defaultdict(set)
    for row in execute(read, _PROTECTED, child_ids=child_ids) if child_ids else ():
        if row.household_id not in households:
            by_child[row.child_id].add(row.household_id)
    return by_child


def households_that_applied(read: Database, places: Collection[Place]) -> Mapping[str, str | None]:
    """Return by place the household that applied for it; None if unknown."""
    ids = {place.application_id for place in places if place.application_id}
    query = select(Application.id, Application.household_id).where(Application.id.in_(ids))
    households = dict(read.execute(query).all()) if ids else {}
    return {place.id: households.get(place.application_id or "") for place in places}


def is_place_hidden(asker: str | None, hidden: Collection[str]) -> bool:
    """Return whether a place is hidden, because its household is, or could be, a hidden one."""
    return bool(hidden) and (asker is None or asker in hidden)
