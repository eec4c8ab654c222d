"""A month of a child, and one of its sessions: what was booked, who came, and what to do."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from services.enrolment.attendance.marks.rules.mark_resolution import LEFT, State
from services.enrolment.attendance.roll_call.commands.roll_list import collectors_shown
from services.enrolment.bookings.commands.agent_acts import (
    MOVE,
    Cell,
    CellsRefused,
    do_act_on_cells,
    move_bookings_to_other_sessions,
)
from services.enrolment.bookings.queries.agent_changes import agent_acts_on_child_and_group
from services.enrolment.bookings.queries.planning import (
    PlannedDay,
    child_in_one_session,
    days_of_child,
    roll_call_closings_by_session,
    sessions_to_move_to,
    state_of_day,
)
from services.enrolment.bookings.queries.session_for_agent import session_case_for_agent
from services.enrolment.bookings.queries.sessions_of_child import ChildSessions
from services.enrolment.bookings.rules.agent_decisions import (
    BOOKED,
    CANCEL,
    FULL,
    AgentCase,
    acts_that_would_change,
)
from services.enrolment.children.queries.search_index import child_card
from services.enrolment.desk.access import reach_of_agent
from services.enrolment.desk.children.views.children import names_of_two_homes
from services.enrolment.desk.planning import labels
from services.enrolment.desk.planning.day_act_form import make_empty_form, sent_form
from services.enrolment.desk.planning.reach_of_agent import (
    PlannedGroup,
    groups_within_reach,
    powers_in_group,
    requires_planning_days,
    session_within_reach,
)
from services.enrolment.models import ChildCard, Session
from services.enrolment.store import store, vault
from shared.database import Read
from shared.dates.clock import now, today
from shared.person import name_of_subject
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day, read_month
from shared.web.language.typography import hour

blueprint = Blueprint("child_days", __name__, url_prefix="/planning/enfants/<uuid:child_id>")

A_WEEK = timedelta(days=7)
MOVED_WITHIN = timedelta(days=28)


@blueprint.get("")
@requires_planning_days
def show(child_id: UUID) -> str:
    """
    Show a month of a child, past days included; and all sessions of one day, if it is asked.

    This month begins a week ago at the latest: yesterday is always on it.
    """
    asked_month = read_month(request.args.get("mois", ""))
    month = asked_month or today().replace(day=1)
    first, last = month, _next_month(month) - timedelta(days=1)
    if asked_month is None:
        first = min(month, today() - A_WEEK)
    asked = read_day(request.args.get("le", ""))
    with store.read() as read:
        card = child_card(read, str(child_id)) or abort(404)
        within = reach_of_agent.reach_planning(read).group_within_condition(Session.group_id)
        days = days_of_child(read, str(child_id), first, last, within)
        others = _sessions_of_day_within_reach(read, asked) if asked else []
    return render_template(
        "desk/planning/month.html",
        card=card,
        child_id=child_id,
        month=month,
        before=(month - timedelta(days=1)).replace(day=1),
        after=_next_month(month),
        by_day=_planned_days_by_date(days),
        asked=asked,
        others=others,
        labels=labels,
    )


@blueprint.get("/<uuid:session_id>")
@requires_planning_days
def show_day(child_id: UUID, session_id: UUID) -> str:
    """Show one session of a child, with the acts that would change something."""
    return _page(str(child_id), str(session_id), make_empty_form())


@blueprint.post("/<uuid:session_id>")
@requires_planning_days
def do_act_on_session(child_id: UUID, session_id: UUID) -> ResponseReturnValue:
    """Do what was chosen, and show the month with it; a refusal is said beside the buttons."""
    child, session_key = str(child_id), str(session_id)
    _card, session, group = _require_child_and_session(child, session_key)
    sent = sent_form()
    if sent.act not in (*labels.ACTS, MOVE):
        abort(404)
    if sent.act == MOVE and not _may_move_to(child, session, sent.form.value("to")):
        sent.form.errors["to"] = _("Choisissez le jour ou le groupe où l’enfant viendra.")
    if sent.form.errors:
        return _page(child, session_key, sent.form), 422
    cell = Cell(child, session_key)
    try:
        with store.write() as write:
            order = sent.make_order(write, group.id)
            if sent.act == MOVE:
                move_bookings_to_other_sessions(write, {cell: sent.form.value("to")}, order, now())
            else:
                do_act_on_cells(write, [cell], order, now())
    except CellsRefused as refusal:
        return _page(child, session_key, sent.form, next(iter(refusal.why.values()))), 422
    flash(session_key, "day_done")
    month = f"{session.day:%Y-%m}"
    return redirect(
        url_for("child_days.show", child_id=child_id, mois=month, _anchor=f"d{session.day}"),
        303,
    )


def _page(child_id: str, session_id: str, form: Form, why: str = "") -> str:
    card, session, group = _require_child_and_session(child_id, session_id)
    with store.read() as read:
        child, state = child_in_one_session(read, child_id, session)
        closed = roll_call_closings_by_session(read, [session_id])
        case = session_case_for_agent(child, child.meetings[session_id], state, closed=bool(closed))
        left = _departure_in_words(read, child_id, state)
        acts = agent_acts_on_child_and_group(read, session_id, child_id)
        traces = [(act, name_of_subject(read, act.subject)) for act in acts]
        powers = powers_in_group(read, group.id)
        targets = _sessions_to_move_to(read, child_id, session) if case.booking == BOOKED else []
    return render_template(
        "desk/planning/day.html",
        card=card,
        child_id=child_id,
        session=session,
        group=group,
        state=state_of_day(session, child.meetings[session_id].booking, state),
        left=left,
        home=_home_in_words(child, session),
        case=case,
        closed_at=closed.get(session_id),
        acts=acts_that_would_change(case, powers, now()),
        late=CANCEL if now() > case.cancel_until else "",
        traces=traces,
        targets=targets,
        form=form,
        why=why,
        full=FULL in (why, _full_if_session_has_no_room(case)),
        labels=labels,
    )


def _require_child_and_session(
    child_id: str, session_id: str
) -> tuple[ChildCard, Session, PlannedGroup]:
    with store.read() as read:
        card = child_card(read, child_id)
        found = session_within_reach(read, session_id)
    if card is None or found is None:
        abort(404)
    return card, *found


def _sessions_to_move_to(
    read: Read, child_id: str, session: Session
) -> Sequence[tuple[Session, str]]:
    last = max(session.day, today()) + MOVED_WITHIN
    within = reach_of_agent.reach_planning(read).group_within_condition(Session.group_id)
    return sessions_to_move_to(read, child_id, session, now(), last, within)


def _may_move_to(child_id: str, session: Session, target_id: str) -> bool:
    with store.read() as read:
        targets = _sessions_to_move_to(read, child_id, session)
    return target_id in {each.id for each, _group in targets}


def _departure_in_words(read: Read, child_id: str, state: State) -> str:
    """Say when a child left and with whom, as far as the reader sees who may collect it."""
    if state.kind != LEFT or state.made_at is None:
        return ""
    sight = reach_of_agent.sight_of_child(read, child_id)
    collector = collectors_shown(read, vault, sight, {child_id: state}).get(child_id)
    at = hour(state.made_at)
    if collector is None:
        return _("Parti à %(hour)s", hour=at)
    return _("Parti à %(hour)s : %(who)s", hour=at, who=labels.collector_in_words(collector))


def _home_in_words(child: ChildSessions, session: Session) -> str:
    """Say whose day it is of a child of two homes; "" of one home's, whose days are all its own."""
    weeks = child.home.weeks_on(session.day)
    if weeks is None or not weeks.has_two_homes:
        return ""
    owner = child.owning_household(child.meetings[session.id])
    return names_of_two_homes(weeks).get(owner or "", "")


def _full_if_session_has_no_room(case: AgentCase) -> str:
    return FULL if case.full and case.booking != BOOKED else ""


def _planned_days_by_date(days: Sequence[PlannedDay]) -> Mapping[date, list[PlannedDay]]:
    by_day: dict[date, list[PlannedDay]] = defaultdict(list)
    for planned in days:
        by_day[planned.meeting.session.day].append(planned)
    return by_day


def _sessions_of_day_within_reach(read: Read, day: date) -> list[tuple[Session, PlannedGroup]]:
    """Return all sessions of a day within reach: where a child came who has no place there."""
    groups = {group.id: group for group in groups_within_reach(read, day, day)}
    query = select(Session).where(Session.day == day, Session.group_id.in_(groups))
    sessions = read.scalars(query.order_by(Session.starts_at, Session.id))
    return [(session, groups[session.group_id]) for session in sessions]


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
