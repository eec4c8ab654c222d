"""Arrival of a child's file from the dossier, and what an application needs of it."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ChildCard, ChildGuardian, Group, StoredProjection
from services.enrolment.places.admission.rules.ages import is_born_within
from shared.register.entitlement import CARE_CORE, FAMILY

FILE = (CARE_CORE, FAMILY)


def children_with_file(read: Database, child_ids: Collection[str]) -> set[str]:
    """
    Return the children of these with a live care core and family.

    Versions of a link and of projections are counted apart: the projections of an earlier link end
    by its tombstone; a live one was sent for an open link.
    """
    live = (
        select(StoredProjection.child_id)
        .where(
            StoredProjection.child_id.in_(child_ids),
            StoredProjection.projection.in_(FILE),
            StoredProjection.content.is_not(None),
            StoredProjection.erase_after.is_(None),
        )
        .group_by(StoredProjection.child_id)
        .having(func.count() == len(FILE))
    )
    return set(read.scalars(live))


def households_of_child(read: Database, child_id: str, subject: str | None = None) -> list[str]:
    """Return the households of a child, or those through which one person is its guardian."""
    query = select(ChildGuardian.household_id).where(ChildGuardian.child_id == child_id)
    if subject is not None:
        query = query.where(ChildGuardian.subject == subject)
    return sorted(set(read.scalars(query)))


def is_of_age(read: Database, child_id: str, group: Group) -> bool:
    """Return whether the child was born when a group asks for it."""
    card = read.get(ChildCard, child_id)
    return card is not None and is_born_within(card.birth_date, group)
