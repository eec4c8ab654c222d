"""
Households affected by a breach at a provider: those of the children whom it had or read of.

It had a child from the opening of a link until its receipts for all that it held (article 33 asks
for what was at risk, not for what was taken). Of a service that holds all families it is everybody.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.ids_of_joined_files import (
    all_ids_of_child,
    same_child_condition,
)
from services.dossier.models import ChildHousehold, Household, Link, Projection, ReadLog
from shared.contracts.dossier.data_protection.read_log import (
    AT_ONCE,
    AffectedHousehold,
    BreachScopeAnswer,
    HouseholdsTouchedAnswer,
)


def affected_households(
    session: Session, provider: str | None, since: datetime, until: datetime, after: str | None
) -> HouseholdsTouchedAnswer:
    """Return some households that a breach touched, and whether there are more."""
    household_ids, more = affected_household_ids(session, provider, since, until, after)
    return HouseholdsTouchedAnswer(
        households=list(_describe_households(session, household_ids, provider, since, until)),
        more=more,
    )


def affected_household_ids(
    session: Session, provider: str | None, since: datetime, until: datetime, after: str | None
) -> tuple[Sequence[str], bool]:
    """Return the ids of some households that a breach touched, and whether there are more."""
    if provider is None:
        ids = select(Household.id).where(Household.created_at < until)
        column: Any = Household.id
    else:
        column = ChildHousehold.household_id
        ids = select(column).distinct().where(_affected_child_condition(provider, since, until))
    following = ids.where(column > (after or "")).order_by(column).limit(AT_ONCE + 1)
    household_ids = session.scalars(following).all()
    return household_ids[:AT_ONCE], len(household_ids) > AT_ONCE


def affected_child_conditions(
    provider: str | None, since: datetime, until: datetime
) -> Sequence[Any]:
    """Return the conditions of a touched child, of `ChildHousehold`; none where everybody is."""
    return [] if provider is None else [_affected_child_condition(provider, since, until)]


def scope_of_breach(
    session: Session, provider: str | None, since: datetime, until: datetime
) -> BreachScopeAnswer:
    """Return how many households were touched, and of how many something was read then."""
    households = children = read = 0
    projections: set[str] = set()
    after, more = "", True
    while more:
        page = affected_households(session, provider, since, until, after)
        for row in page.households:
            households, children = households + 1, children + row["children"]
            read += bool(row["reads"])
            projections |= set(row["projections"])
        more = page.more
        after = page.households[-1]["household_id"] if more else ""
    return BreachScopeAnswer(households, children, read, sorted(projections))


def _affected_child_condition(provider: str, since: datetime, until: datetime) -> Any:
    """Return the condition of an affected child; per child, so that a page costs no whole town."""
    had = exists().where(
        same_child_condition(Link.child_id, ChildHousehold.child_id),
        Link.provider == provider,
        Link.opened_at < until,
        or_(Link.erased_at.is_(None), Link.erased_at >= since),
    )
    read = exists().where(
        same_child_condition(ReadLog.child_id, ChildHousehold.child_id),
        *_reads_conditions(provider, since, until),
    )
    return or_(had, read)


def _reads_conditions(provider: str, since: datetime, until: datetime) -> Sequence[Any]:
    return ReadLog.provider == provider, ReadLog.at >= since, ReadLog.at < until


def _describe_households(
    session: Session,
    households: Collection[str],
    provider: str | None,
    since: datetime,
    until: datetime,
) -> Iterator[AffectedHousehold]:
    children = defaultdict(set)
    living = select(ChildHousehold).where(ChildHousehold.household_id.in_(households))
    if provider is not None:
        living = living.where(_affected_child_condition(provider, since, until))
    for row in session.scalars(living):
        children[row.household_id].add(row.child_id)
    files = {child: all_ids_of_child(session, child) for child in set().union(*children.values())}
    everyone = set().union(*files.values())
    stored = _stored_projections(session, everyone, provider, since) if provider else {}
    reads = _count_reads(session, everyone, provider, since, until) if provider else {}
    for household_id in households:
        child_ids = [file for child in children[household_id] for file in files[child]]
        yield {
            "household_id": household_id,
            "children": len(children[household_id]),
            "projections": sorted(set().union(*(stored.get(child, set()) for child in child_ids))),
            "reads": sum(reads.get(child, 0) for child in child_ids),
        }


def _stored_projections(
    session: Session, children: Collection[str], provider: str, since: datetime
) -> Mapping[str, set[str]]:
    projections = defaultdict(set)
    rows = select(Projection.child_id, Projection.projection).where(
        Projection.provider == provider,
        Projection.child_id.in_(children),
        or_(Projection.erased_at.is_(None), Projection.erased_at >= since),
    )
    for child_id, projection in session.execute(rows):
        projections[child_id].add(projection)
    return projections


def _count_reads(
    session: Session, children: Collection[str], provider: str, since: datetime, until: datetime
) -> Mapping[str, int]:
    rows = (
        select(ReadLog.child_id, func.count())
        .where(*_reads_conditions(provider, since, until), ReadLog.child_id.in_(children))
        .group_by(ReadLog.child_id)
    )
    return {child_id: count for child_id, count in session.execute(rows) if child_id}
