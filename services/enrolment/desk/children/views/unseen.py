"""Changes not seen yet: by child, one after another, or a whole group with its list read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session as Database
from werkzeug.wrappers import Response

from services.enrolment.children.commands import sheet_reading
from services.enrolment.children.queries.search_index import child_card
from services.enrolment.children.queries.unseen_by_group import (
    GroupToSee,
    groups_with_unseen_children,
    unseen_children_in_turn,
    unseen_children_of_group,
)
from services.enrolment.children.queries.unseen_contents import Waiting, children_with_unseen
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.children.child_lists import UNSEEN
from services.enrolment.desk.page_parts.labels import lines_of_section
from services.enrolment.desk.school_year.schools.pending_requests import count_waiting_for_agent
from services.enrolment.models import Activity, Group
from services.enrolment.store import store, vault
from shared.contracts.errors import NotEntitled
from shared.database import Write
from shared.dates.clock import now, today
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list

blueprint = Blueprint("waiting", __name__, url_prefix="/a-voir")

MOST_LISTED = 2_000
"""Children on the list; the longest waiting come first."""
MOST_READ = 50
"""Children of a group who are read at once; the longest waiting come first."""
_PARTS_OF_MARK = 3


@dataclass(frozen=True)
class Shown:
    """One child of a list that is read and marked whole."""

    child_id: str
    name: str
    sections: list[sheet_reading.Section]


@blueprint.get("")
@reach_of_agent.requires_sight_of_children
def show_children_with_unseen() -> ResponseReturnValue:
    """Show the children of whom something waits to be seen by the person's roles."""
    sight = agent.require_agent().sight
    with store.read() as read:
        waiting, _total = children_with_unseen(read, sight, MOST_LISTED, today())
        groups = groups_with_unseen_children(read, sight, today())
        work = count_waiting_for_agent(read)

    def page(listing: Listing[Waiting]) -> str:
        return render_template(
            "desk/waiting.html",
            listing=listing,
            groups=groups,
            marks=bool(sight.sight_anywhere.marks),
            school_work=work,
        )

    return show_list(UNSEEN, waiting, page, _note_children_in_export)


@blueprint.get("/suivant")
@reach_of_agent.requires_sight_of_children
def show_next() -> Response:
    """Open the next child in turn, after another if one is passed over."""
    with store.read() as read:
        turn = unseen_children_in_turn(read, agent.require_agent().sight, now())
    return redirect(
        address_of_next_in_turn(next_child_in_turn(turn, request.args.get("apres", "")))
    )


@blueprint.post("/suivant")
@reach_of_agent.requires_sight_of_children
def mark_and_go_on() -> Response:
    """Mark all that was on a child's page as seen, and open the next child in turn."""
    person, moment = agent.require_agent(), now()
    child_id = request.form.get("child_id", "")
    with store.write() as write:
        turn = unseen_children_in_turn(write, person.sight, moment)
        sight = reach_of_agent.sight_of_child(write, child_id)
        for shown, projection, version in _versions_marked_in_form():
            if shown == child_id and child_id in turn:
                _mark_seen_if_current(write, sight, child_id, projection, version, moment)
    return redirect(address_of_next_in_turn(next_child_in_turn(turn, child_id)), 303)


@blueprint.get("/groupes/<uuid:group_id>")
@reach_of_agent.requires_sight_of_children
def show_group(group_id: UUID) -> str:
    """Show what waits of a group's children, each section read; a button marks what is shown."""
    person = agent.require_agent()
    with store.write() as write:
        sight = reach_of_agent.sight_at_group(write, person.sight, str(group_id))
        group, children = _group_and_children(write, sight, str(group_id))
        found = sheet_reading.read_unseen(
            write, vault, sight, person.session.subject, children[:MOST_READ], now()
        )
        shown = [
            Shown(child, _name_of_child(write, child), sections)
            for child, sections in found.items()
        ]
    return render_template(
        "desk/waiting_group.html", group=group, shown=shown, lines_of=lines_of_section
    )


@blueprint.post("/groupes/<uuid:group_id>")
@reach_of_agent.requires_sight_of_children
def mark_group(group_id: UUID) -> Response:
    """Mark the versions that were on the screen as seen; what came since stays to be seen."""
    moment, marked = now(), set()
    with store.write() as write:
        sight = reach_of_agent.sight_at_group(write, agent.require_agent().sight, str(group_id))
        _group, children = _group_and_children(write, sight, str(group_id))
        for child_id, projection, version in _versions_marked_in_form():
            if child_id in children and _mark_seen_if_current(
                write, sight, child_id, projection, version, moment
            ):
                marked.add(child_id)
    flash(str(len(marked)), "group_seen")
    return redirect(url_for("waiting.show_children_with_unseen"), 303)


def _note_children_in_export(rows: Sequence[Waiting]) -> None:
    note_children_in_export(row.child_id for row in rows)


def next_child_in_turn(turn: Sequence[str], child_id: str) -> str | None:
    """Return who follows a child in turn, the first where it is not among them; None: nobody."""
    at = turn.index(child_id) + 1 if child_id in turn else 0
    return turn[at] if at < len(turn) else None


def address_of_next_in_turn(child_id: str | None) -> str:
    """Return where the walk goes on: at a child, or at the list where nobody is left."""
    if child_id is None:
        return url_for("waiting.show_children_with_unseen")
    return url_for("children.show", child_id=child_id, suite=1)


def _group_and_children(
    read: Database, sight: Visibility, group_id: str
) -> tuple[GroupToSee, Sequence[str]]:
    """Return a group, and its children with something to see in the roles that reach it."""
    group = read.get(Group, group_id) or abort(404)
    activity = read.get_one(Activity, group.activity_id)
    children = unseen_children_of_group(read, sight, group_id, today())
    return GroupToSee(group_id, activity.label, group.label, len(children)), children


def _versions_marked_in_form() -> list[tuple[str, str, int]]:
    """Return what the form marks: child, projection and the version that was shown."""
    parts = [text.split(":") for text in request.form.getlist("seen")]
    return [
        (each[0], each[1], int(each[2]))
        for each in parts
        if len(each) == _PARTS_OF_MARK and each[2].isdecimal()
    ]


def _mark_seen_if_current(write: Write, sight: Visibility, *what: Any) -> bool:
    subject = agent.require_agent().session.subject
    try:
        return sheet_reading.mark_seen(write, sight, subject, *what)
    except NotEntitled:
        abort(404)


def _name_of_child(read: Database, child_id: str) -> str:
    card = child_card(read, child_id)
    return f"{card.first_name} {card.last_name}" if card else ""
