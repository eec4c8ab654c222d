"""
Acts of agents on the days of children: booked, cancelled, excused, corrected, moved.

All of one act or nothing: one cell that cannot be done takes the others with it. Everything that
changes leaves its trace; what is already so changes nothing, and leaves none. Locks are taken in
one order: groups, sessions, and last the cards.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.attendance.roll_call.commands import marks
from services.enrolment.attendance.roll_call.commands.marks import NewMark
from services.enrolment.bookings.commands.session_locks import lock_groups, lock_sessions
from services.enrolment.bookings.commands.single_session_bookings import set_booking_state
from services.enrolment.bookings.queries.session_for_agent import (
    homes_agent_acts_for,
    session_case_for_agent,
)
from services.enrolment.bookings.queries.sessions_of_child import ChildSessions, Meeting
from services.enrolment.bookings.rules.agent_decisions import (
    BOOK,
    BOOKED,
    CANCEL,
    AgentCase,
    AgentDecision,
    Powers,
    decide_act_of_agent,
    decide_session_moved_from,
)
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import AgentAct, RollCall, Session
from services.enrolment.models.places import BY_AGENT
from shared.database import Write
from shared.runtime.ids import new_id

MOVE = "move"


@dataclass(frozen=True)
class Order:
    """An act that an agent orders, who asked for it and why; `subject` is the agent."""

    act: str
    asked_by: str
    reason: str
    subject: str
    powers: Powers = field(default_factory=Powers)


@dataclass(frozen=True)
class Cell:
    """One child in one session."""

    child_id: str
    session_id: str


class CellsRefused(Exception):
    """An order with cells that cannot be, hence not done: `why` has a code for each of these."""

    def __init__(self, why: Mapping[Cell, str]) -> None:
        super().__init__("refused")
        self.why = why


@dataclass
class _Doing:
    """Decisions of one order so far."""

    order: Order
    now: datetime
    states: Mapping[tuple[str, str], State]
    closed: Collection[str]
    refused: dict[Cell, str] = field(default_factory=dict)
    marks: list[NewMark] = field(default_factory=list)
    traces: list[AgentAct] = field(default_factory=list)


def do_act_on_cells(write: Write, cells: Collection[Cell], order: Order, now: datetime) -> int:
    """Do one act on these cells; return how many changed. Raises CellsRefused, all undone."""
    doing, by_child = _lock_and_read_roll_calls(write, cells, order, now)
    for child_id, child_cells in sorted(by_child.items()):
        child = _lock_sessions_of_child(write, child_id, child_cells)
        for cell in child_cells:
            case = _make_case_of_cell(child, cell, doing)
            if case is not None:
                decision = decide_act_of_agent(order.act, case, order.powers, now)
                _apply_agent_decision(write, child, cell, case, decision, doing)
        write.flush()
    return _store_traces_and_publish(write, doing)


def move_bookings_to_other_sessions(
    write: Write, moves: Mapping[Cell, str], order: Order, now: datetime
) -> int:
    """
    Book other sessions in place of booked ones, which then do not count. Raises as above.

    A place in one group of an activity is enough to spend a day with another.
    """
    cells = [*moves, *(Cell(source.child_id, target) for source, target in moves.items())]
    doing, by_child = _lock_and_read_roll_calls(write, cells, order, now)
    for child_id, child_cells in sorted(by_child.items()):
        child = _lock_sessions_of_child(write, child_id, child_cells)
        for source in moves.keys() & set(child_cells):
            _move_booking(write, child, source, Cell(child_id, moves[source]), doing)
        write.flush()
    return _store_traces_and_publish(write, doing)


def _move_booking(
    write: Write, child: ChildSessions, source: Cell, target: Cell, doing: _Doing
) -> None:
    powers = doing.order.powers
    for cell in (source, target):
        case = _make_case_of_cell(child, cell, doing)
        if case is None:
            continue
        if cell == source:
            decision = decide_session_moved_from(case, powers, doing.now)
        else:
            may_come = case.has_place or _is_same_activity(child, [source, target])
            decision = decide_act_of_agent(
                BOOK, replace(case, has_place=may_come), powers, doing.now
            )
        _apply_agent_decision(write, child, cell, case, decision, doing)


def _is_same_activity(child: ChildSessions, cells: Sequence[Cell]) -> bool:
    """Say whether these cells are of one activity, and the child has a place in one of them."""
    ids = {cell.session_id for cell in cells} & child.meetings.keys()
    meetings = [child.meetings[session_id] for session_id in ids]
    return len({each.activity.id for each in meetings}) == 1 and any(
        each.has_place for each in meetings
    )


def _lock_and_read_roll_calls(
    write: Write, cells: Collection[Cell], order: Order, now: datetime
) -> tuple[_Doing, Mapping[str, Sequence[Cell]]]:
    """Lock groups and sessions of all cells, and read what the roll call says of them."""
    session_ids = sorted({cell.session_id for cell in cells})
    groups = select(Session.group_id).where(Session.id.in_(session_ids))
    lock_groups(write, set(write.scalars(groups)))
    locked = select(Session.id).where(Session.id.in_(session_ids)).order_by(Session.id)
    write.execute(locked.with_for_update(read=True)).all()
    closed = select(RollCall.session_id).where(
        RollCall.session_id.in_(session_ids), RollCall.closed_at.is_not(None)
    )
    states = resolved_states(write, session_ids)
    by_child: dict[str, list[Cell]] = defaultdict(list)
    for cell in sorted(set(cells), key=lambda cell: (cell.child_id, cell.session_id)):
        by_child[cell.child_id].append(cell)
    return _Doing(order, now, states, set(write.scalars(closed))), by_child


def _lock_sessions_of_child(write: Write, child_id: str, cells: Sequence[Cell]) -> ChildSessions:
    ids = [cell.session_id for cell in cells]
    return lock_sessions(write, child_id, ids, homes_agent_acts_for(write, child_id))


def _make_case_of_cell(child: ChildSessions, cell: Cell, doing: _Doing) -> AgentCase | None:
    meeting = child.meetings.get(cell.session_id)
    if meeting is None:
        return None
    state = doing.states.get((cell.session_id, cell.child_id), State())
    return session_case_for_agent(child, meeting, state, closed=cell.session_id in doing.closed)


def _apply_agent_decision(
    write: Write,
    child: ChildSessions,
    cell: Cell,
    case: AgentCase,
    decision: AgentDecision,
    doing: _Doing,
) -> None:
    if decision.refused:
        doing.refused[cell] = decision.refused
    if not decision.changes_booking_or_mark:
        return
    meeting, order, now = child.meetings[cell.session_id], doing.order, doing.now
    if decision.booking is not None:
        set_booking_state(
            write,
            child,
            meeting,
            decision.booking,
            BY_AGENT,
            now,
            _reason_as_booking_has_it(order.reason),
        )
    if decision.mark is not None:
        doing.marks.append(_make_mark_of_agent(cell, decision.mark, doing))
    doing.traces.append(_make_trace_of_act(child, meeting, case, decision, doing))


def _store_traces_and_publish(write: Write, doing: _Doing) -> int:
    """Keep the traces and publish what changed; raises CellsRefused if anything was refused."""
    if doing.refused:
        raise CellsRefused(doing.refused)
    write.add_all(doing.traces)
    write.flush()
    if doing.marks:
        marks.record_marks(write, doing.order.subject, doing.marks, doing.now)
    attendance_sheets.publish_sheets(
        write, {trace.session_id for trace in doing.traces} & set(doing.closed), doing.now
    )
    children = {trace.child_id for trace in doing.traces if trace.child_id}
    mark_cards_of_children(write, children, doing.now)
    return len(doing.traces)


def _make_mark_of_agent(cell: Cell, kind: str, doing: _Doing) -> NewMark:
    state = doing.states.get((cell.session_id, cell.child_id), State())
    return NewMark(
        id=new_id(),
        session_id=cell.session_id,
        child_id=cell.child_id,
        kind=kind,
        made_at=doing.now,
        subject=doing.order.subject,
        after=state.heads,
    )


def _make_trace_of_act(
    child: ChildSessions,
    meeting: Meeting,
    case: AgentCase,
    decision: AgentDecision,
    doing: _Doing,
) -> AgentAct:
    order = doing.order
    act = order.act
    if act == MOVE:
        act = BOOK if decision.booking == BOOKED else CANCEL
    return AgentAct(
        id=new_id(),
        session_id=meeting.session.id,
        child_id=child.child_id,
        household_id=child.owning_household(meeting),
        act=act,
        asked_by=order.asked_by,
        reason=order.reason,
        before=(case.mark if decision.mark else case.booking) or "",
        after=decision.mark or decision.booking or "",
        over_capacity=case.full and decision.booking == BOOKED,
        subject=order.subject,
        at=doing.now,
    )


def _reason_as_booking_has_it(reason: str) -> str:
    """Return the reason as a booking has it: sick, or other; the trace has it in full."""
    return reason if reason == "sick" else "other"
