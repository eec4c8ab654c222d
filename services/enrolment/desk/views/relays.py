"""« Passages »: whom this provider hands to another service today, or receives from one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for

from services.enrolment.desk import agent
from services.enrolment.relays import keeping
from services.enrolment.store import store
from shared.clock import now, today
from shared.contracts.errors import NotFound
from shared.contracts.relays import ACTS
from shared.web.app import shell_here
from shared.web.providers import mark_by_code

blueprint = Blueprint("relays", __name__, url_prefix="/passages")


@blueprint.get("")
@agent.may("roll_call")
def show() -> str:
    """Show today's hand-overs, who is missed first."""
    with store.read() as read:
        passages = keeping.passages_on(read, today(), now())
    return render_template(
        "desk/relays.html",
        passages=sorted(passages, key=lambda each: (each.state != "missed", each.at, each.name)),
        mark=lambda code: mark_by_code(shell_here().register, code),
    )


@blueprint.post("/<uuid:relay_id>")
@agent.may("roll_call")
def tick(relay_id: UUID) -> Any:
    """Tick this side of a hand-over; the other service reads of it."""
    act = request.form.get("act", "")
    if act not in ACTS:
        abort(400)
    try:
        with store.write() as write:
            keeping.tick(write, str(relay_id), act, today(), now())
    except NotFound:
        abort(404)
    return redirect(url_for("relays.show"), 303)
