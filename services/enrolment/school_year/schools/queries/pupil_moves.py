"""Batches of pupils' moves: what each would do by class, and what became of it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.enrolment.models import PupilMove, PupilMoves, SchoolEnrolment
from services.enrolment.models.school_year.schools import (
    DRAFT,
    ONE_PUPIL,
    RENAMING,
    SENDING,
    UNDOING,
)
from services.enrolment.school_year.schools.queries.pupils import PupilCard
from services.enrolment.school_year.schools.rules.levels import levels_ahead_of_age
from services.enrolment.school_year.schools.rules.moving_up import ENROLLED, Move
from shared.contracts.dossier.school_decisions import APPLIED, WAITS
from shared.contracts.errors import NotFound

MADE = (APPLIED, WAITS)
REPLACED = "replaced"
"""The outcome of a move of which a later batch has taken the place before its day."""

Group = tuple[str | None, str, str]
"""The school, level and class from which pupils come: one line of the preview."""


@dataclass(frozen=True)
class MovedPupil:
    """A pupil as it is now, beside where it goes."""

    pupil: PupilCard
    move: PupilMove

    @property
    def from_group(self) -> Group:
        return self.pupil.school_id, self.pupil.level, self.pupil.class_name

    @property
    def to_group(self) -> Group:
        return self.move.to_school_id, self.move.to_level, self.move.to_class


@dataclass(frozen=True)
class PreviewLine:
    """Pupils who come from one class and go into one: `skipped` of them are not moved."""

    from_group: Group
    to_group: Group
    why: str
    pupils: int
    skipped: int
    off_age: int


def require_batch_of_moves(read: Session, moves_id: str) -> PupilMoves:
    """Return a batch; raises NotFound."""
    batch = read.get(PupilMoves, moves_id)
    if batch is None:
        raise NotFound(moves_id=moves_id)
    return batch


def latest_batches_of_moves(
    read: Session, most: int, school_ids: Collection[str] | None
) -> list[PupilMoves]:
    """Return the latest batches: of these schools, or all where none are named."""
    query = (
        select(PupilMoves)
        .where(PupilMoves.kind != ONE_PUPIL)
        .order_by(PupilMoves.drafted_at.desc(), PupilMoves.id)
        .limit(most)
    )
    if school_ids is not None:
        query = query.where(PupilMoves.school_id.in_(school_ids))
    return list(read.scalars(query))


def moves_of_batch(read: Session, moves_id: str) -> list[PupilMove]:
    """Return all moves of a batch."""
    return list(read.scalars(select(PupilMove).where(PupilMove.moves_id == moves_id)))


def preview_lines(pupils: Sequence[MovedPupil], school_year: str) -> list[PreviewLine]:
    """Return the preview: where each class goes, a line for each way, in the order of pupils."""
    lines: dict[tuple[Group, Group, str], Counter[str]] = {}
    for each in pupils:
        count = lines.setdefault((each.from_group, each.to_group, each.move.why), Counter())
        count["pupils"] += 1
        count["skipped"] += each.move.skipped
        count["off_age"] += bool(levels_pupil_is_ahead(each, school_year))
    return [
        PreviewLine(*way, count["pupils"], count["skipped"], count["off_age"])
        for way, count in lines.items()
    ]


def levels_pupil_is_ahead(moved: MovedPupil, school_year: str) -> int:
    """Return by how many levels a pupil will be ahead of its age, behind being negative."""
    return levels_ahead_of_age(moved.move.to_level, moved.pupil.birth_date, school_year)


def count_moves_by_outcome(read: Session, moves_id: str) -> Counter[str]:
    """Return how many moves of a batch have each outcome; "" of those still to be sent."""
    rows = read.execute(
        select(PupilMove.outcome, func.count())
        .where(PupilMove.moves_id == moves_id, PupilMove.skipped.is_(False))
        .group_by(PupilMove.outcome)
    )
    return Counter({outcome: count for outcome, count in rows})


def unsent_moves_of_decided_batch(
    read: Session, most: int
) -> tuple[PupilMoves, Sequence[PupilMove]] | None:
    """Return some moves of a decided batch that the dossier has not been asked for, or None."""
    unsent = (PupilMove.outcome == "", PupilMove.skipped.is_(False))
    return _some_moves_of_batch(read, SENDING, select(PupilMove).where(*unsent), most)


def unsent_pupils_to_rename(
    read: Session, most: int
) -> tuple[PupilMoves, Sequence[PupilMove]] | None:
    """Return some pupils of whose school the dossier has not been told the new name, or None."""
    unsent = select(PupilMove).where(PupilMove.outcome == "")
    return _some_moves_of_batch(read, SENDING, unsent, most, renaming=True)


def moves_to_undo(read: Session, most: int) -> tuple[PupilMoves, Sequence[PupilMove]] | None:
    """Return some moves of a batch that is being undone, or None."""
    made = select(PupilMove).where(PupilMove.outcome.in_(MADE))
    return _some_moves_of_batch(read, UNDOING, made, most)


def moves_by_certificate_of_child(read: Session, school_year: str) -> dict[str, Move]:
    """Return by child the move that a certificate of a school year has already decided."""
    active = select(SchoolEnrolment).where(
        SchoolEnrolment.school_year == school_year, SchoolEnrolment.withdrawn_at.is_(None)
    )
    return {
        row.child_id: Move(row.school_id, row.level, "", ENROLLED, decided=False)
        for row in read.scalars(active)
    }


def latest_replaced_move(read: Session, move: PupilMove) -> PupilMove | None:
    """Return the latest move of a child whose place this one has taken, if it still has its day."""
    return read.scalars(
        select(PupilMove)
        .join(PupilMoves, PupilMoves.id == PupilMove.moves_id)
        .where(
            PupilMove.child_id == move.child_id,
            PupilMove.id != move.id,
            PupilMove.outcome == REPLACED,
            PupilMoves.state.not_in((UNDOING, DRAFT)),
            PupilMoves.undone_by.is_(None),
        )
        .order_by(PupilMoves.decided_at.desc(), PupilMove.id)
    ).first()


def latest_move_of_child(read: Session, child_id: str) -> tuple[PupilMoves, PupilMove] | None:
    """Return what was decided last of a child, with its batch."""
    row = read.execute(
        select(PupilMoves, PupilMove)
        .join(PupilMove, PupilMove.moves_id == PupilMoves.id)
        .where(
            PupilMove.child_id == child_id,
            PupilMove.skipped.is_(False),
            PupilMoves.decided_at.is_not(None),
            PupilMoves.kind != RENAMING,
        )
        .order_by(PupilMoves.decided_at.desc(), PupilMove.id)
    ).first()
    return (row[0], row[1]) if row else None


def _some_moves_of_batch(
    read: Session, state: str, query: Select[PupilMove], most: int, *, renaming: bool = False
) -> tuple[PupilMoves, Sequence[PupilMove]] | None:
    kind = PupilMoves.kind == RENAMING if renaming else PupilMoves.kind != RENAMING
    batch = read.scalars(
        select(PupilMoves).where(PupilMoves.state == state, kind).order_by(PupilMoves.drafted_at)
    ).first()
    if batch is None:
        return None
    of_batch = query.where(PupilMove.moves_id == batch.id).order_by(PupilMove.id)
    return batch, read.scalars(of_batch.limit(most)).all()
