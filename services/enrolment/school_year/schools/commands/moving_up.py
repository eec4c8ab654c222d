"""
Drafts what all pupils do on 1 September, and takes a person's corrections before it is decided.

Nothing of a draft leaves: it is lines in this database until `moves.decide` sends them.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import delete, select

from services.enrolment.models import PupilMove, PupilMoves
from services.enrolment.models.school_year.schools import DRAFT, MOVING_UP, ONE_PUPIL, SENDING
from services.enrolment.offer.rules.calendar import school_year_days, school_year_of
from services.enrolment.school_year.schools.queries.pupil_moves import (
    moves_by_certificate_of_child,
    require_batch_of_moves,
)
from services.enrolment.school_year.schools.queries.pupils import PupilCard, pupils_of_schools
from services.enrolment.school_year.schools.queries.schools import (
    classes_with_levels_by_school,
    levels_and_next_by_school,
)
from services.enrolment.school_year.schools.rules.moving_up import (
    CORRECTED,
    LEAVES,
    Move,
    Pupil,
    propose_move,
)
from shared.contracts.errors import NotFound, Refusal
from shared.database import Vault, Write
from shared.runtime.ids import new_id


class NotADraft(Refusal):
    """The batch has been decided, or undone."""

    code = "not_a_draft"


class DraftExists(Refusal):
    """Another draft of the same school year is not decided yet."""

    code = "draft_exists"


def draft_batch_of_moving_up(
    write: Write, vault: Vault, school_year: str, *, by: str, now: datetime
) -> PupilMoves:
    """Draft where each pupil of the town's schools goes in a school year; raises DraftExists."""
    other = select(PupilMoves.id).where(
        PupilMoves.kind == MOVING_UP,
        PupilMoves.school_year == school_year,
        PupilMoves.state == DRAFT,
    )
    if write.scalar(other) is not None:
        raise DraftExists
    batch = PupilMoves(
        id=new_id(),
        kind=MOVING_UP,
        school_year=school_year,
        holds_from=school_year_days(school_year)[0],
        state=DRAFT,
        drafted_by=by,
        drafted_at=now,
    )
    write.add(batch)
    write.flush()
    schools, classes = (
        levels_and_next_by_school(write),
        classes_with_levels_by_school(write, school_year),
    )
    enrolled = moves_by_certificate_of_child(write, school_year)
    write.add_all(
        make_pupil_move(
            batch,
            card.child_id,
            enrolled.get(card.child_id) or propose_move(_pupil_of_card(card), schools, classes),
        )
        for card in pupils_of_schools(write, vault)
    )
    write.flush()
    return batch


def make_pupil_move(batch: PupilMoves, child_id: str, move: Move) -> PupilMove:
    """Return the line of a batch that says where a child goes; skipped until a person decides."""
    return PupilMove(
        id=new_id(),
        moves_id=batch.id,
        child_id=child_id,
        decision_id=new_id(),
        to_school_id=move.to_school_id,
        elsewhere=move.elsewhere,
        to_level=move.to_level,
        to_class=move.to_class,
        why=move.why,
        skipped=not move.decided,
        outcome="",
    )


def correct_moves(
    write: Write, moves_id: str, child_ids: Collection[str], move: Move, *, skipped: bool
) -> int:
    """Let these pupils of a draft go where a person says; return how many. Raises NotADraft."""
    lock_draft(write, moves_id)
    rows = write.scalars(
        select(PupilMove).where(PupilMove.moves_id == moves_id, PupilMove.child_id.in_(child_ids))
    ).all()
    if not rows:
        raise NotFound(moves_id=moves_id)
    for row in rows:
        row.skipped = skipped
        if not skipped:
            row.to_school_id, row.to_level = move.to_school_id, move.to_level
            row.to_class, row.why = move.to_class, move.why
            row.elsewhere = move.elsewhere
    write.flush()
    return len(rows)


def decide_move_of_one_child(
    write: Write, child_id: str, move: Move, holds_from: date, *, by: str, now: datetime
) -> PupilMoves:
    """Decide where one child goes, from a day on; it leaves at once."""
    moves = {child_id: move}
    return add_decided_batch(write, ONE_PUPIL, move.to_school_id, moves, holds_from, by=by, now=now)


def add_decided_batch(
    write: Write,
    kind: str,
    school_id: str | None,
    moves: Mapping[str, Move],
    holds_from: date,
    *,
    by: str,
    now: datetime,
) -> PupilMoves:
    """Add a batch of moves by child that was never a draft: it leaves at once."""
    batch = PupilMoves(
        id=new_id(),
        kind=kind,
        school_year=school_year_of(holds_from),
        school_id=school_id,
        holds_from=holds_from,
        state=SENDING,
        drafted_by=by,
        drafted_at=now,
        decided_by=by,
        decided_at=now,
    )
    write.add(batch)
    write.flush()
    write.add_all(make_pupil_move(batch, child_id, move) for child_id, move in moves.items())
    write.flush()
    return batch


def make_corrected_move(
    to_school_id: str | None, to_level: str, to_class: str, elsewhere: str = ""
) -> Move:
    """Return where a person lets a pupil go: a school of the town, another one, or none."""
    why = CORRECTED if to_school_id or elsewhere else LEAVES
    return Move(to_school_id, to_level, to_class, why, elsewhere=elsewhere)


def discard_draft(write: Write, vault: Vault, moves_id: str) -> None:
    """Delete a draft, and the key of what was sealed with it; raises NotADraft."""
    batch = lock_draft(write, moves_id)
    write.execute(delete(PupilMove).where(PupilMove.moves_id == moves_id))
    write.delete(batch)
    write.flush()
    vault.shred_keys(moves_id)


def lock_draft(write: Write, moves_id: str) -> PupilMoves:
    """Return a draft, held until the commit; raises NotADraft."""
    require_batch_of_moves(write, moves_id)
    batch = write.get(PupilMoves, moves_id, with_for_update=True)
    if batch is None or batch.state != DRAFT:
        raise NotADraft
    return batch


def _pupil_of_card(card: PupilCard) -> Pupil:
    return Pupil(card.child_id, card.birth_date, card.school_id or "", card.level, card.class_name)
