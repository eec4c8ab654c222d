"""Obstacles to undoing the import of a family: changes made since that depend on it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.dossier.models import (
    IMPORT,
    PUBLISHED,
    ChildHousehold,
    ChildJoin,
    Course,
    Guardianship,
    HouseholdAddress,
    HouseholdGuardian,
    ImportReference,
    Link,
    PaperCheck,
    ReadLog,
    RecordHold,
    Section,
    Subject,
)
from services.dossier.models.families.imports import CHILD, GUARDIAN, HOUSEHOLD, LINK
from shared.register.declarations import FRONT_DESK, OPS

Came = Mapping[str, Sequence[ImportReference]]


def obstacle_to_undoing(session: Session, batch: str, came: Came) -> str:
    """Return the first reason (contracts.family_imports.IN_USE), or ""."""
    kinds = (CHILD, GUARDIAN, HOUSEHOLD)
    made = {kind: [row.id for row in came[kind] if row.made] for kind in kinds}
    checks: Mapping[str, Callable[[], bool]] = {
        "other_batch": lambda: _has_others_joined(session, batch, made),
        "account": lambda: _has_signed_in(session, made[GUARDIAN]),
        "edited": lambda: _was_edited(session, made),
        "linked": lambda: _has_new_link(session, came, made[CHILD]),
        "read": lambda: _was_read(session, made[CHILD]),
        "counted": lambda: _has_counted_activity(session, made[CHILD]),
        "checked": lambda: _was_checked_or_held(session, made),
    }
    return next((why for why, applies in checks.items() if applies()), "")


def _has_others_joined(session: Session, batch: str, made: Mapping[str, Collection[str]]) -> bool:
    """Say whether another batch names one of these, or somebody else lives with them."""
    ids = [one for some in made.values() for one in some]
    if _has_row_where(
        session, ImportReference.id, ImportReference.id.in_(ids), ImportReference.batch != batch
    ):
        return True
    mine = select(ImportReference.id).where(ImportReference.batch == batch)
    strangers = (
        (ChildHousehold.child_id, ChildHousehold.household_id.in_(made[HOUSEHOLD])),
        (ChildHousehold.household_id, ChildHousehold.child_id.in_(made[CHILD])),
        (HouseholdGuardian.guardian_id, HouseholdGuardian.household_id.in_(made[HOUSEHOLD])),
        (HouseholdGuardian.household_id, HouseholdGuardian.guardian_id.in_(made[GUARDIAN])),
        (Guardianship.guardian_id, Guardianship.child_id.in_(made[CHILD])),
        (Guardianship.child_id, Guardianship.guardian_id.in_(made[GUARDIAN])),
    )
    return any(_has_row_where(session, one, which, one.not_in(mine)) for one, which in strangers)


def _has_signed_in(session: Session, guardians: Collection[str]) -> bool:
    """Say whether a guardian has signed in; one invited only is no obstacle."""
    came = Subject.active.is_(True)
    return _has_row_where(session, Subject.subject, Subject.subject.in_(guardians), came)


def _was_edited(session: Session, made: Mapping[str, Collection[str]]) -> bool:
    return _has_row_where(
        session, Section.child_id, Section.child_id.in_(made[CHILD]), Section.changed_by != IMPORT
    ) or _has_row_where(
        session,
        HouseholdAddress.household_id,
        HouseholdAddress.household_id.in_(made[HOUSEHOLD]),
        HouseholdAddress.changed_by != IMPORT,
    )


def _has_new_link(session: Session, came: Came, children: Collection[str]) -> bool:
    links = [row.id for row in came[LINK]]
    return _has_row_where(session, Link.id, Link.child_id.in_(children), Link.id.not_in(links))


def _was_read(session: Session, children: Collection[str]) -> bool:
    """Say whether an agent of a provider has looked: work may follow that is not seen here."""
    at_desk = ReadLog.provider.not_in(("", OPS, FRONT_DESK))
    return _has_row_where(session, ReadLog.sequence, ReadLog.child_id.in_(children), at_desk)


def _has_counted_activity(session: Session, children: Collection[str]) -> bool:
    """Say whether activities are counted; past years from a batch have to be undone first."""
    since = or_(Course.origin == PUBLISHED, Course.batch.is_not(None))
    return _has_row_where(session, Course.child_id, Course.child_id.in_(children), since)


def _was_checked_or_held(session: Session, made: Mapping[str, Collection[str]]) -> bool:
    ids = [one for some in made.values() for one in some]
    children = made[CHILD]
    joined = or_(ChildJoin.kept_id.in_(children), ChildJoin.other_id.in_(children))
    return (
        _has_row_where(session, PaperCheck.id, PaperCheck.subject_id.in_(ids))
        or _has_row_where(session, RecordHold.child_id, RecordHold.child_id.in_(children))
        or _has_row_where(session, ChildJoin.id, joined)
    )


def _has_row_where(session: Session, column: Any, *which: ColumnElement[bool]) -> bool:
    return session.scalar(select(column).where(*which).limit(1)) is not None
