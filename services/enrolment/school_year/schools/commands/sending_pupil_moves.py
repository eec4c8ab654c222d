"""
Sends decided batches to the dossier, some at a time, and takes them back.

Safe to repeat: a decision has its id before it is sent, and its outcome is stored once it is known.
A process that is killed in between asks again, and the dossier answers as it did.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from services.enrolment.models import PupilMove, PupilMoves, School
from services.enrolment.models.school_year.schools import (
    DONE,
    MOVING_UP,
    RENAMING,
    SENDING,
    UNDOING,
    UNDONE,
)
from services.enrolment.school_year.schools.commands.moving_up import lock_draft
from services.enrolment.school_year.schools.queries.pupil_moves import (
    REPLACED,
    latest_replaced_move,
    moves_to_undo,
    require_batch_of_moves,
    unsent_moves_of_decided_batch,
)
from shared.contracts.dossier.school_decisions import (
    WAITS,
    WITHDRAWN,
    DecideSchoolingRequest,
    SchoolingDecision,
    UndoSchoolingRequest,
)
from shared.contracts.errors import Refusal
from shared.database import Vault, Write
from shared.runtime.ids import new_id


class TooLate(Refusal):
    """The day has come: what has happened is corrected child by child."""

    code = "too_late"


def mark_draft_of_moves_for_sending(
    write: Write, vault: Vault, moves_id: str, *, by: str, now: datetime
) -> None:
    """Decide a draft: it leaves in batches. What was sealed of a file is gone. Raises NotADraft."""
    batch = lock_draft(write, moves_id)
    batch.state, batch.decided_by, batch.decided_at = SENDING, by, now
    batch.unsettled = None
    write.flush()
    vault.shred_keys(moves_id)


def undo_batch_of_moves(write: Write, moves_id: str, *, by: str, today: date) -> None:
    """Take a batch back; raises TooLate for a moving up whose day has come, and for a renaming."""
    require_batch_of_moves(write, moves_id)
    batch = write.get(PupilMoves, moves_id, with_for_update=True)
    if batch is None or batch.state not in (SENDING, DONE):
        raise TooLate
    if batch.kind == RENAMING or (batch.kind == MOVING_UP and batch.holds_from <= today):
        raise TooLate
    batch.state, batch.undone_by = UNDOING, by
    write.flush()


def next_decisions(write: Write, most: int) -> DecideSchoolingRequest | None:
    """Return what is to be decided next, None where nothing is; ends a batch that is sent whole."""
    found = unsent_moves_of_decided_batch(write, most)
    if found is None:
        return None
    batch, moves = found
    if not moves:
        batch.state = DONE
        write.flush()
        return next_decisions(write, most)
    names = {school.id: school.name for school in write.scalars(select(School))}
    return DecideSchoolingRequest(
        decided_by=batch.decided_by or batch.drafted_by,
        decisions=[_decision_of_move(move, batch, names) for move in moves],
    )


def store_outcomes_of_decisions(write: Write, outcomes: Mapping[str, str]) -> None:
    """Store what became of decisions; an earlier one that waited for its day is replaced."""
    for move in _moves_of_decisions(write, outcomes):
        move.outcome = outcomes[move.decision_id]
        if move.outcome == WAITS:
            earlier = select(PupilMove).where(
                PupilMove.child_id == move.child_id,
                PupilMove.id != move.id,
                PupilMove.outcome == WAITS,
            )
            for row in write.scalars(earlier):
                row.outcome = REPLACED
    write.flush()


def next_decisions_to_take_back(write: Write, most: int) -> UndoSchoolingRequest | None:
    """Return what is to be taken back next, None where nothing is; ends a batch that is."""
    found = moves_to_undo(write, most)
    if found is None:
        return None
    batch, moves = found
    if not moves:
        batch.state = UNDONE
        write.flush()
        return next_decisions_to_take_back(write, most)
    return UndoSchoolingRequest(
        undone_by=batch.undone_by or batch.drafted_by,
        decision_ids=[move.decision_id for move in moves],
    )


def store_outcomes_of_undoing(write: Write, outcomes: Mapping[str, str]) -> None:
    """
    Store what became of decisions taken back.

    What one of them had replaced before its day is decided again: the school year that was moved up
    in June stays when the file of July is undone.
    """
    for move in _moves_of_decisions(write, outcomes):
        move.outcome = outcomes[move.decision_id]
        earlier = latest_replaced_move(write, move) if move.outcome == WITHDRAWN else None
        if earlier is not None:
            earlier.decision_id, earlier.outcome = new_id(), ""
            require_batch_of_moves(write, earlier.moves_id).state = SENDING
    write.flush()


def _moves_of_decisions(write: Write, outcomes: Mapping[str, str]) -> Sequence[PupilMove]:
    decided = select(PupilMove).where(PupilMove.decision_id.in_(outcomes))
    return write.scalars(decided.order_by(PupilMove.id)).all()


def _decision_of_move(
    move: PupilMove, batch: PupilMoves, names: Mapping[str, str]
) -> SchoolingDecision:
    return SchoolingDecision(
        decision_id=move.decision_id,
        child_id=move.child_id,
        school=names.get(move.to_school_id or "", move.elsewhere),
        grade=move.to_level,
        class_name=move.to_class,
        holds_from=batch.holds_from,
    )
