"""Guardians of a child here, and the households for which each may act."""

from collections.abc import Collection
from datetime import date
from typing import cast

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ChildCarer, ChildGuardian
from shared.contracts.errors import NotFound

_guardians = cast(Table, ChildGuardian.__table__)

_carers = cast(Table, ChildCarer.__table__)


def households_of_children(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return the households of these children in which a guardian or a carer of theirs lives."""
    return {
        household_id
        for table in (_guardians, _carers)
        for household_id in read.scalars(
            select(table.c.household_id).where(table.c.child_id.in_(list(child_ids))).distinct()
        )
    }


def households_of_guardian(read: Database, subject: str, child_id: str) -> frozenset[str]:
    """
    Return the households in which this guardian has the child; raises NotFound if there is none.
    """
    rows = read.scalars(
        select(ChildGuardian.household_id).where(
            ChildGuardian.child_id == child_id, ChildGuardian.subject == subject
        )
    )
    households = frozenset(rows)
    if not households:
        raise NotFound(child_id=child_id)
    return households


def households_for_absence(
    read: Database, subject: str, child_id: str, day: date
) -> frozenset[str]:
    """
    Return the households for whose days this adult may declare the child absent.

    A guardian's are the guardian's own. A placed child's carer declares it for every household
    (rules' test 7), until the placement's last day. Raises NotFound for any other person.
    """
    caring = select(ChildCarer.child_id).where(
        ChildCarer.child_id == child_id,
        ChildCarer.subject == subject,
        or_(ChildCarer.valid_to.is_(None), ChildCarer.valid_to >= day),
    )
    if read.scalar(caring.limit(1)) is None:
        return households_of_guardian(read, subject, child_id)
    booking = select(ChildGuardian.household_id).where(ChildGuardian.child_id == child_id)
    return frozenset(read.scalars(booking))
