"""The home of the desk: the children of whom something was not seen yet."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.enrolment.desk import agent
from services.enrolment.store import store
from services.enrolment.waiting import waiting_children

blueprint = Blueprint("waiting", __name__)

MOST = 50
"""Children on the page; the longest waiting come first."""


@blueprint.get("/")
@agent.signed_in
def show() -> Any:
    """Show what waits; who administers and sees no child goes to the page of agents."""
    here = agent.here()
    if not here.sight.any_child:
        if here.sight.administers:
            return redirect(url_for("agents.show"))
        return render_template("desk/no_right.html", known=here.known)
    with store.read() as read:
        waiting, total = waiting_children(read, here.sight, MOST)
    marks = bool(here.sight.marks)
    return render_template("desk/waiting.html", waiting=waiting, total=total, marks=marks)
