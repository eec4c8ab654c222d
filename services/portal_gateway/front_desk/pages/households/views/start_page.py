"""The first page of the front desk: the search, for who may find a dossier."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.front_desk.agent_permissions import may_search_dossiers
from services.portal_gateway.front_desk.pages.households.views import dossiers
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@agent.for_signed_in_agents
def show() -> ResponseReturnValue:
    """Show the search; who finds no dossier goes to the requests of persons, or to the rights."""
    signed_in = agent.require_agent()
    if may_search_dossiers(signed_in.sight.permissions):
        return dossiers.search_page(Form())
    if PERSON_REQUESTS in signed_in.sight.permissions:
        return redirect(url_for("person_requests.list_requests"))
    if signed_in.sight.administers:
        return redirect(url_for("agents.show"))
    return render_template("desk/no_right.html", known=signed_in.known)
