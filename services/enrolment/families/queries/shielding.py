"""
What one household of a child does not see of another that is protected (rule R9).

Of its days not even « réservé », of its places nothing: a group can tell a school, a day a move.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application, Place, ProtectedHousehold


def hidden_homes(
    read: Database, child_ids: Collection[str], households: Collection[str]
) -> Mapping[str, set[str]]:
    """Return by child the protected homes other than these, of which these see nothing."""
    by_child: dict[str, set[str]] = defaultdict(set)
    rows = select(ProtectedHousehold).where(ProtectedHousehold.child_id.in_(list(child_ids)))
    for row in read.scalars(rows) if child_ids else ():
        if row.household_id not in households:
            by_child[row.child_id].add(row.household_id)
    return by_child


def askers(read: Database, places: Collection[Place]) -> Mapping[str, str | None]:
    """Return by place the household that asked for it; None where nobody knows."""
    ids = {place.application_id for place in places if place.application_id}
    query = select(Application.id, Application.household_id).where(Application.id.in_(ids))
    households = dict(read.execute(query).tuples().all()) if ids else {}
    return {place.id: households.get(place.application_id or "") for place in places}


def is_hidden(asker: str | None, hidden: Collection[str]) -> bool:
    """
    Say whether a place is not shown, where these homes are hidden.

    One of which nobody knows who asked for it could be theirs.
    """
    return bool(hidden) and (asker is None or asker in hidden)
