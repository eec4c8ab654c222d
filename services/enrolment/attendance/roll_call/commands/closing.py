"""Closing of a group's roll call: every child is decided on, then the quantities are published."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Table

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import ABSENT, PRESENT, State
from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.attendance.roll_call.commands import marks
from services.enrolment.attendance.roll_call.commands.acts_on_groups import make_act_on_group
from services.enrolment.attendance.roll_call.commands.marks import NewMark, Taken
from services.enrolment.attendance.roll_call.queries.undecided_children import undecided_children
from services.enrolment.models import RollCall, Session, UnknownChild
from services.enrolment.models.days.agent_acts import CLOSE, MISTAKE, REOPEN
from services.enrolment.models.offer import CANCELLED
from shared.contracts.errors import NotFound
from shared.database import Vault, Write
from shared.runtime.ids import new_id

_rolls = cast(Table, RollCall.__table__)

DECISIONS = (PRESENT, ABSENT)


class Undecided(Exception):
    """A group cannot be closed yet: an agent must decide on `child_ids`."""

    def __init__(self, child_ids: list[str]) -> None:
        super().__init__("undecided")
        self.child_ids = child_ids


class Cancelled(Exception):
    """A cancelled session has no roll call."""


def close_roll_call(
    write: Write, session_id: str, subject: str, decisions: Mapping[str, str], now: datetime
) -> Taken:
    """
    Close a group: what was decided on the last children is marked, then its attendance leaves.

    `decisions` are present or absent by child. Raises Undecided while one is missing, Cancelled,
    NotFound. Closing again what is closed changes nothing.
    """
    _lock_session(write, session_id)
    open_ones = undecided_children(write, session_id)
    missing = [child for child in open_ones if decisions.get(child) not in DECISIONS]
    if missing:
        raise Undecided(missing)
    taken = _store_decisions_as_marks(
        write, session_id, subject, {c: decisions[c] for c in open_ones}, now
    )
    roll = _lock_roll_call(write, session_id)
    if roll.closed_at is None:
        roll.closed_at, roll.closed_by = now, subject
        if roll.version:  # the trace of the first closing is this row, of later ones a row each
            write.add(make_act_on_group(session_id, CLOSE, subject, now))
        write.flush()
    attendance_sheets.publish_attendance(write, session_id)
    return taken


def reopen_roll_call(write: Write, session_id: str, subject: str, now: datetime) -> bool:
    """
    Reopen a group, on the lead's order, with a trace of who did.

    The published attendance stays until the next closing.
    """
    _lock_session(write, session_id)
    roll = write.get(RollCall, session_id, with_for_update=True)
    if roll is None or roll.closed_at is None:
        return False
    roll.closed_at = roll.closed_by = None
    write.add(make_act_on_group(session_id, REOPEN, subject, now))
    write.flush()
    return True


def assign_unknown_child(
    write: Write, vault: Vault, unknown_id: str, child_id: str | None, subject: str, now: datetime
) -> Taken:
    """
    Assign an unknown child, or (None) delete the entry as a mistake; its typed name is shredded.

    The child counts as present from the moment at which it was entered; of a mistake a trace is
    kept, with the agent (`subject`). Raises NotFound.
    """
    row = write.get(UnknownChild, unknown_id, with_for_update=True)
    if row is None or row.resolved_at is not None:
        raise NotFound
    row.child_id, row.resolved_at, row.name = child_id, now, None
    write.flush()
    vault.shred_keys(row.id)
    if child_id is None:
        write.add(make_act_on_group(row.session_id, MISTAKE, subject, now))
        return Taken()
    mark = NewMark(row.id, row.session_id, child_id, PRESENT, row.made_at, row.subject)
    return marks.record_marks(write, row.subject, [mark], now)


def _store_decisions_as_marks(
    write: Write, session_id: str, subject: str, decisions: Mapping[str, str], now: datetime
) -> Taken:
    """
    Record each decision as a mark of the closing agent; it replaces the marks it was based on.
    """
    current = resolved_states(write, [session_id])
    decided = [
        NewMark(
            id=new_id(),
            session_id=session_id,
            child_id=child,
            kind=kind,
            made_at=now,
            subject=subject,
            after=current.get((session_id, child), State()).heads,
        )
        for child, kind in decisions.items()
    ]
    return marks.record_marks(write, subject, decided, now) if decided else Taken()


def _lock_session(write: Write, session_id: str) -> None:
    session = write.get(Session, session_id, with_for_update=True)
    if session is None or session.erased_on is not None:
        raise NotFound
    if session.state == CANCELLED:
        raise Cancelled


def _lock_roll_call(write: Write, session_id: str) -> RollCall:
    write.execute(
        write.upsert_into(_rolls)
        .values(session_id=session_id, version=0, digest="", late=False)
        .on_conflict_do_nothing()
    )
    roll = write.get(RollCall, session_id, with_for_update=True)
    assert roll is not None
    return roll
