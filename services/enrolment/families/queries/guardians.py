"""Guardians of a child here, and the households for which each may act."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy import ColumnElement, Table, select, union
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ChildCarer, ChildGuardian
from shared.contracts.errors import NotFound
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.tables.validity import not_ended_before_condition

_guardians = cast(Table, ChildGuardian.__table__)

_carers = cast(Table, ChildCarer.__table__)

_children = list_parameter("child_ids")
_HOUSEHOLDS = union(
    select(_guardians.c.household_id).where(_guardians.c.child_id.in_(_children)),
    select(_carers.c.household_id).where(_carers.c.child_id.in_(_children)),
)


def households_of_children(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return the households of these children in which a guardian or a carer of theirs lives."""
    return set(execute(read, _HOUSEHOLDS, child_ids=child_ids).scalars())


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


def households_whose_days_adult_sees(
    read: Database, subject: str, child_id: str, day: date
) -> frozenset[str]:
    """
    Return the households whose days this adult sees.

    A guardian's are the guardian's own. A placed child's carer sees every household's (rules'
    test 7), until the placement's last day; who was granted an access, those of the granting home.
    Raises NotFound for any other person.
    """
    return _households_seen_by_adult(read, subject, child_id, day)


def households_for_absence(
    read: Database, subject: str, child_id: str, day: date
) -> frozenset[str]:
    """Return the households for whose days this adult may declare the child absent; or NotFound."""
    return _households_seen_by_adult(read, subject, child_id, day, ChildCarer.says_absent.is_(True))


def placement_conditions(day: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of who has a placed child in care still on a day; of no access."""
    return ChildCarer.home == "", not_ended_before_condition(ChildCarer.valid_to, day)


def placements_by_child(
    read: Database, child_ids: Collection[str]
) -> Mapping[str, Sequence[ChildCarer]]:
    """Return by child the carers with whom it is placed; of granted accesses, none."""
    carers: dict[str, list[ChildCarer]] = defaultdict(list)
    for batch in chunks(child_ids):
        placed = select(ChildCarer).where(ChildCarer.child_id.in_(batch), ChildCarer.home == "")
        for carer in read.scalars(placed):
            carers[carer.child_id].append(carer)
    return carers


def is_carer(read: Database, subject: str, child_id: str) -> bool:
    """Say whether an adult acts for a child as its carer, and not as a guardian."""
    return (
        read.scalar(
            select(ChildGuardian.subject).where(*_guardian_row_conditions(subject, child_id))
        )
        is None
    )


def first_days_seen_by_carer(
    read: Database, subject: str, child_id: str, day: date
) -> Mapping[str, date]:
    """
    Return from which day on an adult sees a child as its carer, or by an access, by granting home.

    A carer's is by "". What has ended before that day lets nobody see anything.
    """
    caring = select(ChildCarer.home, ChildCarer.since).where(
        *_caring_conditions(subject, child_id, day)
    )
    return {home: since or date.min for home, since in read.execute(caring)}


def _households_seen_by_adult(
    read: Database, subject: str, child_id: str, day: date, *which: ColumnElement[bool]
) -> frozenset[str]:
    caring = select(ChildCarer.home).where(*_caring_conditions(subject, child_id, day), *which)
    homes = set(read.scalars(caring))
    if not homes or not is_carer(read, subject, child_id):
        return households_of_guardian(read, subject, child_id)
    booking = select(ChildGuardian.household_id).where(ChildGuardian.child_id == child_id)
    living = frozenset(read.scalars(booking))
    return living if "" in homes else living & homes


def _caring_conditions(subject: str, child_id: str, day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        ChildCarer.child_id == child_id,
        ChildCarer.subject == subject,
        not_ended_before_condition(ChildCarer.valid_to, day),
    )


def _guardian_row_conditions(subject: str, child_id: str) -> tuple[ColumnElement[bool], ...]:
    return ChildGuardian.child_id == child_id, ChildGuardian.subject == subject
