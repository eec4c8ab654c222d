"""The council's page: what providers published of a quarter, added up; one page, to be printed."""

from flask import Blueprint, abort, render_template, request

from services.portal_gateway.front_desk.figures import queries
from services.portal_gateway.front_desk.store import store
from shared.register.entitlement import FRONT_DESK_PERMISSIONS
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here

blueprint = Blueprint("town_figures", __name__)


@blueprint.get("/chiffres")
@agent.may(*FRONT_DESK_PERMISSIONS)
def show() -> str:
    """Show a quarter, the latest where the address names none; nothing in it is of a person."""
    running = shell_here().register.running_providers
    providers = {provider.principal: provider for provider in running}
    with store.read() as read:
        quarters = queries.published_quarters(read)
        period = request.args.get("trimestre", "") or (quarters[0] if quarters else "")
        if period and period not in quarters:
            abort(404)
        published = queries.figures_of_quarter(read, period, providers)
    silent = [
        provider.label
        for principal, provider in providers.items()
        if principal not in {each.source for each in published}
    ]
    return render_template(
        "front_desk/figures.html",
        quarters=quarters,
        period=period,
        published=published,
        providers=providers,
        silent=silent,
        attendance=queries.sums_of([each.attendance for each in published]),
        demand=queries.sums_of([each.demand for each in published]),
    )
