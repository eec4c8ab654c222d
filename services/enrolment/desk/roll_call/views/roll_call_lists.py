"""The lists of the roll call as JSON and as PDF: exactly what the reader's roles see."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, abort, jsonify, request
from flask_babel import gettext as _
from sqlalchemy import select

from services.enrolment.attendance.marks.queries import attendance_states as roll_call
from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.collectors import possible_collectors
from services.enrolment.attendance.roll_call import paper_lists as paper
from services.enrolment.attendance.roll_call.commands import roll_list
from services.enrolment.attendance.roll_call.commands.roll_list import Listed, RollList
from services.enrolment.attendance.roll_call.queries.sessions_of_day import (
    Meeting,
    sessions_of_day_within_reach,
    unclosed_past_sessions,
)
from services.enrolment.attendance.roll_call.rules.list_alerts import CHANGED
from services.enrolment.attendance.roll_call.rules.session_order import current_sessions_first
from services.enrolment.children.queries.search_index import find_children
from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.desk.access import roll_call_agent as duty
from services.enrolment.desk.offer.labels import DAYS
from services.enrolment.desk.roll_call import care_labels
from services.enrolment.desk.roll_call.labels import (
    instant_for_page,
    page_labels,
    state_for_page,
    words_at_the_door,
)
from services.enrolment.models import Activity, Group, RollCall, Session, UnknownChild
from services.enrolment.models.offer import site_of_group
from services.enrolment.offer.queries.calendar_days import special_days
from services.enrolment.store import store, vault
from shared.database import Read, Write
from shared.dates.clock import now, today
from shared.web.base import downloads
from shared.web.language.typography import hour

blueprint = Blueprint("roll_lists", __name__, url_prefix="/pointage")

LONGEST_QUERY = 80


@blueprint.get("/seances.json")
@duty.requires_seeing_lists
def list_sessions() -> Response:
    """Give today's sessions, then earlier ones not yet closed; no child in it."""
    with store.read() as read:
        here = duty.reach_on_duty(read)
        meetings = [
            *current_sessions_first(sessions_of_day_within_reach(read, today(), here), now()),
            *unclosed_past_sessions(read, today(), here),
        ]
        special = special_days(read, today(), today())
    return jsonify(
        sessions=[_session_row(meeting) for meeting in meetings],
        day=today().isoformat(),
        apart=[f"{DAYS[each.kind][1]} · {each.label}" for each in special],
    )


@blueprint.get("/seances/<uuid:session_id>.json")
@duty.requires_seeing_lists
def show_list(session_id: UUID) -> Response:
    """Give a session's list; its family is shown what it holds of each child."""
    head, roll, unknown = _read_list(str(session_id))
    return jsonify(
        session=head,
        edition=roll.edition,
        at=now().isoformat(),
        children=[_child_row(child) for child in roll.children],
        sheets={
            child.child_id: care_labels.sections_of_sheet(child.contents) for child in roll.children
        },
        others=[{"id": child, "name": name} for child, name in roll.others.items()],
        unknown=unknown,
    )


@blueprint.get("/seances/<uuid:session_id>/etats.json")
@duty.requires_seeing_lists
def show_states(session_id: UUID) -> Response:
    """
    Give the states that are marked, by whatever device, and the list's edition.

    It names nobody but with whom a child left.
    """
    with store.read() as read:
        session = read.get(Session, str(session_id)) or abort(404)
        marks = resolved_states(read, [session.id])
        roll = read.get(RollCall, session.id)
        sight = duty.sight_of_group(read, session.group_id)
        edition = roll_list.edition_of_list(read, sight, session)
        unknown = _unknown_children(read, str(session_id))
        states = {child: state for (_session, child), state in marks.items()}
        left_with = roll_list.collectors_shown(read, vault, sight, states)
    return jsonify(
        states={
            child: state_for_page(state, left_with.get(child)) for child, state in states.items()
        },
        closed_at=instant_for_page(roll.closed_at if roll else None),
        unknown=unknown,
        edition=edition,
        at=now().isoformat(),
    )


@blueprint.get("/enfants.json")
@duty.requires_seeing_lists
def search_children() -> Response:
    """Find a child among the provider's, who came and was not expected."""
    query = request.args.get("q", "")[:LONGEST_QUERY]
    with store.read() as read:
        children, more = find_children(read, query, duty.reach_on_duty(read))
    cards = [Named(c.child_id, c.first_name, c.last_name, c.birth_date) for c in children]
    names = display_names(cards)
    return jsonify(
        children=[{"id": child.child_id, "name": names[child.child_id]} for child in children],
        more=more,
    )


@blueprint.get("/seances/<uuid:session_id>/<kind>.pdf")
@duty.requires_seeing_lists
def print_list(session_id: UUID, kind: str) -> Response:
    """Give a list on paper: care, allergies or evacuation."""
    if kind not in paper.KINDS:
        abort(404)
    head, roll, unknown = _read_list(str(session_id))
    sheet = {
        "title": _paper_title(kind),
        "subtitle": f"{head['activity']} · {head['group']} · {head['day_label']}",
        "made": _("Imprimé à %(hour)s", hour=hour(now())),
        "door": _paper_door(kind, roll),
        "names": str(_("Nom")),
        "states": str(_("Pointage")),
        "rows": [
            _paper_row(kind, child)
            for child in roll.children
            if _is_child_on_paper_list(kind, child)
        ]
        + [
            {
                "name": unknown_child["name"],
                "state": _state_label("present"),
                "lines": [] if kind == paper.EVACUATION else [_care_not_here()],
            }
            for unknown_child in unknown
        ],
    }
    return downloads.file_to_view(
        paper.list_as_pdf(kind, sheet), f"{_paper_title(kind)}.pdf", "application/pdf"
    )


def _read_list(session_id: str) -> tuple[dict[str, object], RollList, list[dict[str, str]]]:
    on_duty = duty.require_on_duty()
    with store.write() as write:
        row = write.execute(
            select(Session, Group, Activity, RollCall.closed_at)
            .join(Group, Group.id == Session.group_id)
            .join(Activity, Activity.id == Group.activity_id)
            .outerjoin(RollCall, RollCall.session_id == Session.id)
            .where(Session.id == session_id, Session.day <= today())
        ).one_or_none()
        if row is None:
            abort(404)
        session, group, activity, closed_at = row
        sight = duty.sight_of_group(write, group.id)
        roll = roll_list.read_list(write, vault, sight, on_duty.subject, session, now())
        unknown = _unknown_children(write, session_id)
    return _head_of_list(session, group, activity, closed_at), roll, unknown


def _head_of_list(
    session: Session, group: Group, activity: Activity, closed_at: datetime | None
) -> dict[str, object]:
    return {
        "id": session.id,
        "activity": activity.label,
        "group": group.label,
        "site": site_of_group(group, activity),
        "day": session.day.isoformat(),
        "day_label": care_labels.day_in_words(session.day),
        "hours": f"{hour(session.starts_at)} – {hour(session.ends_at)}",
        "cancelled": session.state == "cancelled",
        "closed_at": instant_for_page(closed_at),
    }


def _session_row(meeting: Meeting) -> dict[str, object]:
    return {
        "id": meeting.session_id,
        "activity": meeting.activity,
        "group": meeting.group,
        "site": meeting.site,
        "day": meeting.day.isoformat(),
        "day_label": care_labels.day_in_words(meeting.day),
        "hours": f"{hour(meeting.starts_at)} – {hour(meeting.ends_at)}",
        "cancelled": meeting.cancelled,
        "expected": meeting.expected,
        "present": meeting.present,
        "open": meeting.open,
        "closed_at": instant_for_page(meeting.closed_at),
    }


def _child_row(child: Listed) -> dict[str, object]:
    return {
        "id": child.child_id,
        "name": child.name,
        "letter": child.letter,
        "booked": child.booking in ("booked", "late"),
        "expected": child.booking == "booked",
        "alerts": [care_labels.alert_labels(alert) for alert in child.alerts],
        "note": care_labels.line_under_name_of_child(child),
        "group_button": child.booking == "booked" and not child.alerts,
        "collectors": [each.as_json() for each in possible_collectors(child.contents)],
        **state_for_page(child.state, child.collector),
    }


def _unknown_children(read: Read | Write, session_id: str) -> list[dict[str, str]]:
    rows = read.scalars(
        select(UnknownChild)
        .where(UnknownChild.session_id == session_id, UnknownChild.resolved_at.is_(None))
        .order_by(UnknownChild.made_at, UnknownChild.id)
    )
    return [{"id": row.id, "name": roll_call.name_of_unknown_child(vault, row)} for row in rows]


def _is_child_on_paper_list(kind: str, child: Listed) -> bool:
    if kind == paper.EVACUATION:
        return child.state.kind == "present"
    if kind == paper.ALLERGIES:
        return bool(_paper_lines(kind, child))
    return True


def _paper_row(kind: str, child: Listed) -> dict[str, object]:
    return {
        "name": child.name,
        "state": _state_label(child.state.kind),
        "lines": _paper_lines(kind, child),
    }


def _paper_lines(kind: str, child: Listed) -> list[dict[str, str]]:
    """Return a child's lines on paper: all for care, for allergies what no kitchen may overlook."""
    if kind == paper.EVACUATION:
        return []
    contents = child.contents
    if kind == paper.ALLERGIES:
        core = contents.get("care_core", {})
        contents = {
            name: contents[name] for name in ("allergies", "health_sheet") if name in contents
        } | {"care_core": {"care_plan": core.get("care_plan")}}
    lines = [
        line for section in care_labels.sections_of_sheet(contents) for line in section["lines"]
    ]
    changes = (alert for alert in child.alerts if alert.code == CHANGED)
    changed = [
        {"term": care_labels.alert_labels(each)["text"], "text": "", "tone": "red"}
        for each in changes
    ]
    return [*changed, *lines] if lines else []


def _paper_door(kind: str, roll: RollList) -> dict[str, str] | None:
    """Return what to do where somebody else comes, on the paper of who hands children over."""
    if kind != paper.CARE or not any(
        possible_collectors(child.contents) for child in roll.children
    ):
        return None
    return {"title": str(page_labels()["door_title"]), "text": words_at_the_door()}


def _care_not_here() -> dict[str, str]:
    """Return the line of who is on no list: silence would read as « no allergy »."""
    return {"term": page_labels()["care_not_here"], "text": "", "tone": "red"}


def _paper_title(kind: str) -> str:
    return {
        paper.CARE: _("Soins et remise des enfants"),
        paper.ALLERGIES: _("Allergies et conduite à tenir"),
        paper.EVACUATION: _("Évacuation : enfants présents"),
    }[kind]


def _state_label(kind: str | None) -> str:
    labels = {"present": _("Présent"), "absent": _("Absent"), "left": _("Parti")}
    return labels.get(kind or "", _("À pointer"))
