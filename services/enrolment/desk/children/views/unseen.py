"""The children of whom something was not seen yet."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template

from services.enrolment.children.queries.unseen_contents import Waiting, children_with_unseen
from services.enrolment.desk.access import agent
from services.enrolment.desk.access.taken_lists import note_children
from services.enrolment.desk.children.lists import UNSEEN
from services.enrolment.desk.schools.waiting import waiting_for_agent
from services.enrolment.store import store
from shared.web.agents.lists.arranging import Listing
from shared.web.agents.lists.pages import show_list

MOST = 2_000
"""Children on the list; the longest waiting come first."""

blueprint = Blueprint("waiting", __name__)


@blueprint.get("/a-voir")
@agent.sees_children
def show() -> Any:
    """Show the children of whom something waits to be seen by the person's roles."""
    person = agent.require_agent()
    with store.read() as read:
        waiting, _total = children_with_unseen(read, person.sight, MOST)
        work = waiting_for_agent(read)

    def page(listing: Listing[Waiting]) -> str:
        marks = bool(person.sight.marks)
        return render_template("desk/waiting.html", listing=listing, marks=marks, school_work=work)

    return show_list(UNSEEN, waiting, page, _note_children)


def _note_children(rows: Sequence[Waiting]) -> None:
    note_children(row.child_id for row in rows)
