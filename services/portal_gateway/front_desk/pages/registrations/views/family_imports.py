"""Children of another software who could be known already: an agent looks, and says which."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.pages.page_parts import parsing
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.errors import NotFound
from shared.contracts.message import Empty
from shared.register.entitlement import CHECK_DOSSIERS
from shared.web.agents import current_agent as agent

blueprint = Blueprint("family_imports", __name__, url_prefix="/reprises")

ANOTHER = "another"


@blueprint.get("")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def list_undecided() -> str:
    """List undecided imports by their number in the former software, with candidate children."""
    return _page()


@blueprint.post("")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def note_which_child_it_is() -> ResponseReturnValue:
    """Note which child it is; it arrives when its file is brought in again."""
    child, same_as_text = request.form.get("child", ""), request.form.get("same_as", "")
    if not same_as_text:
        return _page(missing=child), 422
    same_as = None if same_as_text == ANOTHER else parsing.require_id(same_as_text)
    try:
        agent.ask(
            family_imports.resolve_arrival, family_imports.ResolveArrivalRequest(child, same_as)
        )
        flash("decided")
    except NotFound:
        flash("gone")
    return redirect(url_for("family_imports.list_undecided"), 303)


def _page(missing: str = "") -> str:
    children = agent.ask(family_imports.doubtful_arrivals, Empty()).children
    return render_template(
        "front_desk/family_imports.html", children=children, another=ANOTHER, missing=missing
    )
