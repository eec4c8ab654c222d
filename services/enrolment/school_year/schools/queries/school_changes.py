"""Names that schools had, and what is decided of them for a day to come."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import PupilMoves, School, SchoolChange, Subject
from services.enrolment.models.school_year.schools import RENAMING, SENDING
from shared.contracts.errors import NotFound
from shared.text import folded

_WAITS = (SchoolChange.done_at.is_(None), SchoolChange.withdrawn_at.is_(None))


def former_names_by_school(read: Session) -> Mapping[str, Sequence[str]]:
    """Return by school what it was called and no school is now, the latest first."""
    done = select(SchoolChange).where(SchoolChange.done_at.is_not(None))
    rows = read.scalars(done.order_by(SchoolChange.done_at.desc(), SchoolChange.id)).all()
    if not rows:
        return {}
    present = set(read.scalars(select(School.folded)))
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        key = folded(row.former)
        if key not in present:
            names[row.school_id].setdefault(key, row.former)
    return {school_id: list(of_school.values()) for school_id, of_school in names.items()}


def school_id_by_former_name(read: Session) -> dict[str, str]:
    """Return by folded name the school that was called so and is not any more."""
    return {
        folded(name): school_id
        for school_id, names in former_names_by_school(read).items()
        for name in names
    }


def waiting_change_of_school(read: Session, school_id: str) -> SchoolChange | None:
    """Return what is decided of a school for a day to come, None where nothing is."""
    query = select(SchoolChange).where(SchoolChange.school_id == school_id, *_WAITS)
    return read.scalars(query).one_or_none()


def changes_of_school(read: Session, school_id: str) -> Sequence[SchoolChange]:
    """Return all that was decided of a school, the latest first."""
    query = select(SchoolChange).where(SchoolChange.school_id == school_id)
    return read.scalars(query.order_by(SchoolChange.decided_at.desc(), SchoolChange.id)).all()


def latest_done_change(read: Session, school_id: str) -> SchoolChange:
    """Return the last change of a school that holds; there is one where it has a former name."""
    done = (row for row in changes_of_school(read, school_id) if row.done_at is not None)
    return max(done, key=lambda row: (row.done_at, row.id))


def names_of_agents(read: Session) -> dict[str, str]:
    """Return the names of who has a right here or had one, by subject."""
    return {subject: name for subject, name in read.execute(select(Subject.subject, Subject.name))}


def waiting_names(read: Session) -> dict[str, str]:
    """Return by school the name, folded, that it is to have."""
    query = select(SchoolChange.school_id, SchoolChange.name).where(*_WAITS)
    return {school_id: folded(name) for school_id, name in read.execute(query)}


def due_changes(read: Session, day: date) -> Sequence[str]:
    """Return the changes whose day has come, in the order in which they were decided."""
    due = select(SchoolChange.id).where(*_WAITS, SchoolChange.holds_from <= day)
    return read.scalars(
        due.order_by(SchoolChange.holds_from, SchoolChange.decided_at, SchoolChange.id)
    ).all()


def require_waiting_change(read: Session, change_id: str) -> SchoolChange:
    """Return a change that waits for its day; raises NotFound."""
    row = read.get(SchoolChange, change_id)
    if row is None or row.done_at or row.withdrawn_at:
        raise NotFound(change_id=change_id)
    return row


def is_being_renamed(read: Session, school_id: str) -> bool:
    """Say whether the name of a school is still on its way to the dossiers of its pupils."""
    sending = select(PupilMoves.id).where(
        PupilMoves.kind == RENAMING,
        PupilMoves.state == SENDING,
        PupilMoves.school_id == school_id,
    )
    return read.scalars(sending.limit(1)).first() is not None
