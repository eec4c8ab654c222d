"""Marks as devices send them, stored idempotently under the id that the device gave them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, select, union

from services.enrolment.attendance.marks.queries.attendance_states import NAME_OF_UNKNOWN
from services.enrolment.attendance.marks.rules.mark_resolution import LEFT
from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.attendance.roll_call.commands.acts_on_groups import make_act_on_group
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import (
    Booking,
    ChildCard,
    ChildKey,
    Mark,
    RollCall,
    Session,
    UnknownChild,
)
from services.enrolment.models.days.agent_acts import MISTAKE
from shared.database import Vault, Write

_marks = cast(Table, Mark.__table__)
_unknown = cast(Table, UnknownChild.__table__)


NO_SESSION, NO_CHILD, SIGNED = "no_session", "no_child", "signed"


@dataclass(frozen=True)
class NewMark:
    """
    One tick; `made_at` is corrected, `subject` is who ticked.

    `collected_by` says of a child who left with whom; said later, it left when it was ticked.
    """

    id: str
    session_id: str
    child_id: str
    kind: str
    made_at: datetime
    subject: str
    after: tuple[str, ...] = ()
    collected_by: bytes | None = None


@dataclass(frozen=True)
class NewUnknown:
    """A child who came and is on no list; the name as the agent typed it."""

    id: str
    session_id: str
    name: str
    made_at: datetime
    subject: str


@dataclass(frozen=True)
class Mistake:
    """A typed name that is taken off its list again: nobody was there, or somebody else."""

    id: str
    session_id: str
    unknown_id: str
    made_at: datetime
    subject: str


@dataclass
class Taken:
    """Result of a delivery: the device may forget what was `taken`, and what was `refused`."""

    taken: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)
    """Children whose state may have changed."""


def record_marks(
    write: Write, device_id: str, marks: Sequence[NewMark], received_at: datetime
) -> Taken:
    """
    Store these marks; a known one changes nothing.

    If the roll call of its session was closed before, a later version of the attendance is
    published. A mark of an unknown session or child is refused, by its id.
    """
    _lock_sessions(write, {mark.session_id for mark in marks})
    taken = Taken(refused=_refused_marks(write, marks))
    fresh = [mark for mark in marks if mark.id not in taken.refused]
    taken.taken = [mark.id for mark in fresh]
    taken.children = {mark.child_id for mark in fresh}
    late = _insert_marks(write, device_id, fresh, received_at)
    attendance_sheets.publish_sheets(write, late, received_at)
    mark_cards_of_children(write, taken.children, received_at)
    return taken


def record_unknown_children(write: Write, vault: Vault, children: Iterable[NewUnknown]) -> Taken:
    """Store children who are on no list, their names sealed."""
    taken = Taken()
    unknown = list(children)
    known = _known_sessions(write, {child.session_id for child in unknown})
    for child in unknown:
        if child.session_id not in known:
            taken.refused[child.id] = NO_SESSION
            continue
        row = {
            "id": child.id,
            "session_id": child.session_id,
            "name": vault.seal(child.id, NAME_OF_UNKNOWN, child.name),
            "made_at": child.made_at,
            "subject": child.subject,
        }
        write.execute(write.upsert_into(_unknown).values(**row).on_conflict_do_nothing())
        if write.get_one(UnknownChild, child.id, populate_existing=True).resolved_at is not None:
            vault.shred_keys(child.id)
        taken.taken.append(child.id)
    return taken


def withdraw_unknown_children(
    write: Write, vault: Vault, mistakes: Iterable[Mistake], received_at: datetime
) -> Taken:
    """
    Take typed names off their lists until these are signed, and shred them; who did is kept.

    A second time changes nothing, nor does a child recognised meanwhile. Heard of before its name,
    which waits on a device for who typed it, a mistake is remembered: that name is then not stored.
    """
    taken, wanted = Taken(), list(mistakes)
    _lock_sessions(write, {mistake.session_id for mistake in wanted})
    known = _known_sessions(write, {mistake.session_id for mistake in wanted})
    for mistake in wanted:
        row = write.get(UnknownChild, mistake.unknown_id, with_for_update=True)
        if mistake.session_id not in known or (row and row.session_id != mistake.session_id):
            taken.refused[mistake.id] = NO_SESSION
        elif row is not None and row.resolved_at is None and _was_signed_before(write, mistake):
            taken.refused[mistake.id] = SIGNED
        else:
            _withdraw_unknown_child(write, vault, mistake, row, received_at)
            taken.taken.append(mistake.id)
    return taken


def _was_signed_before(write: Write, mistake: Mistake) -> bool:
    roll = write.get(RollCall, mistake.session_id)
    return roll is not None and roll.closed_at is not None and roll.closed_at <= mistake.made_at


def _withdraw_unknown_child(
    write: Write, vault: Vault, mistake: Mistake, row: UnknownChild | None, received_at: datetime
) -> None:
    if row is None:
        row = UnknownChild(
            id=mistake.unknown_id,
            session_id=mistake.session_id,
            made_at=mistake.made_at,
            subject=mistake.subject,
        )
        write.add(row)
    if row.resolved_at is None:
        row.name, row.resolved_at = None, received_at
        write.add(make_act_on_group(mistake.session_id, MISTAKE, mistake.subject, mistake.made_at))
        write.flush()
        vault.shred_keys(row.id)


def _lock_sessions(write: Write, session_ids: Collection[str]) -> None:
    """Lock sessions against being closed meanwhile: a mark is stored before that, or is late."""
    query = select(Session.id).where(Session.id.in_(session_ids)).order_by(Session.id)
    write.execute(query.with_for_update(read=True)).all()


def _refused_marks(write: Write, marks: Sequence[NewMark]) -> dict[str, str]:
    sessions = _known_sessions(write, {mark.session_id for mark in marks})
    children = _known_children(write, {mark.child_id for mark in marks})
    refused = {mark.id: NO_CHILD for mark in marks if mark.child_id not in children}
    return refused | {mark.id: NO_SESSION for mark in marks if mark.session_id not in sessions}


def _known_sessions(write: Write, session_ids: Collection[str]) -> set[str]:
    kept = select(Session.id).where(Session.id.in_(session_ids), Session.erased_on.is_(None))
    return set(write.scalars(kept))


def _known_children(write: Write, child_ids: Collection[str]) -> set[str]:
    """Return the known children; one whose file has ended stays known by bookings and marks."""
    columns = (ChildCard.child_id, ChildKey.child_id, Booking.child_id, Mark.child_id)
    return set(
        write.scalars(union(*[select(column).where(column.in_(child_ids)) for column in columns]))
    )


def _insert_marks(
    write: Write, device_id: str, marks: Sequence[NewMark], received_at: datetime
) -> list[str]:
    """Insert the new marks, and return the sessions that they change, in order."""
    changed = set()
    for mark in marks:
        inserted = write.execute(
            write.upsert_into(_marks)
            .values(**_row_of_mark(_at_departure(write, mark), device_id, received_at))
            .on_conflict_do_nothing()
            .returning(_marks.c.session_id)
        )
        changed |= set(inserted.scalars())
    return sorted(changed)


def _at_departure(write: Write, mark: NewMark) -> NewMark:
    """Return a mark that says with whom a child left at the moment of the tick it completes."""
    if mark.collected_by is None or not mark.after:
        return mark
    own = Mark.session_id == mark.session_id, Mark.child_id == mark.child_id, Mark.kind == LEFT
    left_at = select(func.max(Mark.made_at)).where(Mark.id.in_(mark.after), *own)
    return replace(mark, made_at=write.scalar(left_at) or mark.made_at)


def _row_of_mark(mark: NewMark, device_id: str, received_at: datetime) -> dict[str, object]:
    return {
        "id": mark.id,
        "session_id": mark.session_id,
        "child_id": mark.child_id,
        "kind": mark.kind,
        "after": list(mark.after),
        "made_at": mark.made_at,
        "received_at": received_at,
        "device_id": device_id,
        "subject": mark.subject,
        "collected_by": mark.collected_by,
    }
