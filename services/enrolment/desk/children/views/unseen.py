"""The children of whom something was not seen yet."""

from flask import Blueprint, render_template

from services.enrolment.children.queries.unseen_contents import children_with_unseen
from services.enrolment.desk.access import agent, reach
from services.enrolment.desk.schools.waiting import waiting_for_agent
from services.enrolment.store import store
from shared.dates.clock import today

blueprint = Blueprint("waiting", __name__)

MOST = 50
"""Children on the page; the longest waiting come first."""


@blueprint.get("/a-voir")
@reach.sees_children
def show() -> str:
    """Show the children of whom something waits to be seen by the person's roles."""
    person = agent.require_agent()
    with store.read() as read:
        waiting, total = children_with_unseen(read, person.sight, MOST, today())
        work = waiting_for_agent(read)
    marks = bool(person.sight.anywhere.marks)
    return render_template(
        "desk/waiting.html", waiting=waiting, total=total, marks=marks, school_work=work
    )
