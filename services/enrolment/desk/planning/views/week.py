"""The week of a group: who is expected and who came, and one act for many children and days."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.attendance.roll_call.commands.closing import (
    Cancelled,
    Undecided,
    close_roll_call,
    reopen_roll_call,
)
from services.enrolment.bookings.commands.agent_acts import (
    MOVE,
    Cell,
    CellsRefused,
    Order,
    do_act_on_cells,
    move_bookings_to_other_sessions,
)
from services.enrolment.bookings.queries.group_moves import (
    GroupMove,
    groups_to_move_to,
    moves_from_sessions,
    session_by_booking,
)
from services.enrolment.bookings.queries.planning import GroupWeek, week_of_group
from services.enrolment.bookings.rules.agent_decisions import FULL
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.planning import labels
from services.enrolment.desk.planning.day_act_form import make_empty_form, sent_form, ticked_cells
from services.enrolment.desk.planning.reach_of_agent import (
    GroupChoice,
    PlannedGroup,
    choice_of_group,
    may_answer_for_day_of_group,
    powers_in_group,
    requires_planning_days,
    session_within_reach,
)
from services.enrolment.models import Session
from services.enrolment.offer.queries.calendar_days import special_periods
from services.enrolment.store import store
from shared.contracts.enrolment.places.states import SERVICE
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("planning", __name__, url_prefix="/planning")

OTHER = "other"
MOVED = "moved"
MOST_NAMED = 8
"""Children named after a refusal; of more it is said how many."""


@dataclass(frozen=True)
class Shown:
    """A week of a group as it was asked for, beside the others that one may choose."""

    monday: date
    choice: GroupChoice
    week: GroupWeek
    leads: bool = False
    """True where the agent answers for the day of this group."""
    opened: Collection[str] = ()
    """The children whose own pages the agent may open: who left long ago is on past weeks alone."""
    targets: Sequence[tuple[str, str]] = ()
    """Other groups of the activity to which children may be moved for a day."""
    moves: Sequence[GroupMove] = ()
    """Who is with another group on a day of this week."""

    @property
    def group(self) -> PlannedGroup | None:
        return self.choice.group


@blueprint.get("")
@requires_planning_days
def show() -> str:
    """Show this week of the first group, or the one that is asked for."""
    shown = _asked_week()
    form = make_empty_form()
    if request.args.get("tous"):
        form.values["child"] = [row.child_id for row in shown.week.rows]
    return _page(shown, form)


@blueprint.post("")
@requires_planning_days
def do_act_on_ticked_days() -> ResponseReturnValue:
    """Do one act on each ticked child on each ticked day: all of it or nothing."""
    shown, sent = _asked_week(), sent_form()
    cells = ticked_cells(sent.form)
    group = shown.group
    if group is None or sent.act not in labels.ACTS or not _are_cells_on_page(shown, cells):
        abort(404)
    if sent.form.errors:
        return _page(shown, sent.form), 422
    try:
        with store.write() as write:
            done = do_act_on_cells(write, cells, sent.make_order(write, group.id), now())
    except CellsRefused as refusal:
        return _page(shown, sent.form, refusal.why), 422
    flash(str(done), f"done_{sent.act}")
    return redirect(_address_of_week(shown), 303)


@blueprint.post("/deplacement")
@requires_planning_days
def move_ticked_days() -> ResponseReturnValue:
    """
    Move who is booked on the ticked days to another group: the ticked children, or all.

    It is the service's own act, whoever is ill: no family has asked for it.
    """
    shown, sent = _asked_week(), sent_form()
    if shown.group is None:
        abort(404)
    if not sent.form.values["child"] and not sent.form.values["cell"]:
        sent.form.values["child"] = [row.child_id for row in shown.week.rows]
    cells = ticked_cells(sent.form)
    if not _are_cells_on_page(shown, cells):
        abort(404)
    moves = _read_moves(shown, sent.form, cells)
    if sent.form.errors:
        return _page(shown, sent.form), 422
    try:
        with store.write() as write:
            order = sent.make_order(write, shown.group.id)
            ours = replace(order, act=MOVE, asked_by=SERVICE, reason=OTHER)
            move_bookings_to_other_sessions(write, moves, ours, now())
    except CellsRefused as refusal:
        return _page(shown, sent.form, refusal.why), 422
    flash(str(len(moves)), "moved")
    return redirect(_address_of_week(shown), 303)


@blueprint.post("/deplacement/<uuid:session_id>/<uuid:target_id>/retour")
@requires_planning_days
def take_move_back(session_id: UUID, target_id: UUID) -> ResponseReturnValue:
    """Take everybody back who went from a session to one of another group and is there still."""
    shown = _asked_week()
    went = [
        move
        for move in shown.moves
        if (move.session_id, move.target_id) == (str(session_id), str(target_id))
    ]
    if shown.group is None or not went:
        abort(404)
    back = {
        Cell(child, move.target_id): move.session_id for move in went for child in move.children
    }
    try:
        with store.write() as write:
            powers = powers_in_group(write, shown.group.id, over_capacity=True)
            subject = agent.require_agent().session.subject
            order = Order(MOVE, SERVICE, OTHER, subject, powers)
            move_bookings_to_other_sessions(write, back, order, now())
    except CellsRefused as refusal:
        return _page(shown, make_empty_form(), refusal.why), 422
    flash(str(len(back)), "moved_back")
    return redirect(_address_of_week(shown), 303)


@blueprint.post("/seances/<uuid:session_id>/rouvrir")
@reach_of_agent.requires_permission("day")
@requires_planning_days
def reopen(session_id: UUID) -> ResponseReturnValue:
    """Open the roll call of a group again; what was published stays until it is closed again."""
    address = _address_of_session(str(session_id))
    with store.write() as write:
        reopen_roll_call(write, str(session_id), agent.require_agent().session.subject, now())
    flash("", "reopened")
    return redirect(address, 303)


@blueprint.post("/seances/<uuid:session_id>/clore")
@reach_of_agent.requires_permission("day")
@requires_planning_days
def close(session_id: UUID) -> ResponseReturnValue:
    """Close a group, if of each child it is known whether it came."""
    address = _address_of_session(str(session_id))
    try:
        with store.write() as write:
            subject = agent.require_agent().session.subject
            close_roll_call(write, str(session_id), subject, {}, now())
    except Undecided as undecided:
        flash(str(len(undecided.child_ids)), "undecided")
    except Cancelled:
        abort(404)
    else:
        flash("", "closed")
    return redirect(address, 303)


def _asked_week() -> Shown:
    asked = read_day(request.args.get("semaine", "")) or today()
    monday = monday_of(asked)
    sunday = monday + timedelta(days=6)
    with store.read() as read:
        wanted = request.args.get("groupe", ""), request.args.get("lieu", "")
        choice = choice_of_group(read, monday, sunday, *wanted)
        if (group := choice.group) is None:
            return Shown(monday, choice, GroupWeek((), ()))
        week = week_of_group(read, group.id, monday, sunday)
        children = [row.child_id for row in week.rows]
        reach = reach_of_agent.reach_planning(read)
        within = reach.group_within_condition(Session.group_id)
        moves = moves_from_sessions(read, [column.session.id for column in week.columns], within)
        return Shown(
            monday,
            choice,
            _week_with_moves(week, moves),
            may_answer_for_day_of_group(read, group.id),
            reach.children_among(read, children),
            groups_to_move_to(read, group.id, monday, sunday, within),
            moves,
        )


def _week_with_moves(week: GroupWeek, moves: Sequence[GroupMove]) -> GroupWeek:
    """Return the week in which who spends a day with another group is not said to be called off."""
    went = {(child, move.session_id) for move in moves for child in move.children}
    if not went:
        return week
    sessions = [column.session.id for column in week.columns]
    rows = [
        replace(
            row,
            states=[
                MOVED if (row.child_id, session_id) in went else state
                for session_id, state in zip(sessions, row.states, strict=True)
            ],
        )
        for row in week.rows
    ]
    return replace(week, rows=rows)


def _read_moves(shown: Shown, form: Form, cells: Sequence[Cell]) -> Mapping[Cell, str]:
    """Return where each booked cell goes; what is missing is said in the form."""
    group_id = form.value("to")
    if group_id not in {group for group, _label in shown.targets}:
        form.errors["to"] = _("Choisissez le groupe où ils iront.")
        return {}
    with store.read() as read:
        found = session_by_booking(read, {cell.session_id for cell in cells}, group_id)
    booked = {
        cell: found[cell.child_id, cell.session_id]
        for cell in cells
        if (cell.child_id, cell.session_id) in found
    }
    moves = {cell: target for cell, target in booked.items() if target is not None}
    if cells and not booked:
        form.errors["session"] = _("Personne n’est réservé ces jours-là.")
    elif len(moves) < len(booked):
        form.errors["to"] = _("Ce groupe ne se réunit pas à ces heures, un de ces jours.")
    return moves


def _are_cells_on_page(shown: Shown, cells: Sequence[Cell]) -> bool:
    """Say whether all cells stand on this page: no child and no session of elsewhere."""
    children = {row.child_id for row in shown.week.rows}
    sessions = {column.session.id for column in shown.week.columns}
    return all(cell.child_id in children and cell.session_id in sessions for cell in cells)


def _address_of_week(shown: Shown) -> str:
    group = shown.group.id if shown.group else None
    return url_for("planning.show", groupe=group, semaine=shown.monday.isoformat())


def _address_of_session(session_id: str) -> str:
    with store.read() as read:
        found = session_within_reach(read, session_id)
    if found is None:
        abort(404)
    session, group = found
    return url_for("planning.show", groupe=group.id, semaine=session.day.isoformat())


def _page(shown: Shown, form: Form, why: Mapping[Cell, str] | None = None) -> str:
    sunday = shown.monday + timedelta(days=6)
    with store.read() as read:
        special = special_periods(read, shown.monday, sunday)
    return render_template(
        "desk/planning/week.html",
        shown=shown,
        form=form,
        refused=_named_refusals(shown, why or {}),
        full=FULL in (why or {}).values(),
        labels=labels,
        moment=now(),
        before=shown.monday - timedelta(days=7),
        after=shown.monday + timedelta(days=7),
        sunday=sunday,
        special=special,
    )


def _named_refusals(shown: Shown, why: Mapping[Cell, str]) -> list[tuple[str, list[str], int]]:
    """Return by reason the children concerned, and of how many more nothing is said."""
    names = {row.child_id: row.name for row in shown.week.rows}
    by_reason: dict[str, dict[str, None]] = defaultdict(dict)
    for cell, code in why.items():
        by_reason[code][names[cell.child_id]] = None
    return [
        (code, list(children)[:MOST_NAMED], max(len(children) - MOST_NAMED, 0))
        for code, children in sorted(by_reason.items())
    ]
