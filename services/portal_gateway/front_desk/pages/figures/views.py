"""The council's page: what providers published of a quarter, added up; one page, to be printed."""

from flask import Blueprint, abort, render_template, request

from services.portal_gateway.front_desk.figures import queries
from services.portal_gateway.front_desk.store import store
from shared.register import ENDING_TRIAL, TRIAL
from shared.register.entitlement import FRONT_DESK_PERMISSIONS
from shared.web.agents import current_agent as agent
from shared.web.agents import income_labels
from shared.web.base.app import shell_here
from shared.web.prices.price_labels import euros

blueprint = Blueprint("town_figures", __name__)


@blueprint.get("/chiffres")
@agent.for_agents_who_may(*FRONT_DESK_PERMISSIONS)
def show() -> str:
    """
    Show a quarter, the latest where the address names none; nothing in it is of a person.

    What a provider published stays when it is suspended, or has left: a quarter that is over does
    not change by it.
    """
    register = shell_here().register
    running = {provider.principal for provider in register.running_providers}
    providers = {
        provider.principal: provider
        for provider in register.present_and_former_providers
        if provider.state not in (TRIAL, ENDING_TRIAL)
    }
    with store.read() as read:
        quarters = queries.published_quarters(read)
        period = request.args.get("trimestre", "") or (quarters[0] if quarters else "")
        if period and period not in quarters:
            abort(404)
        published = queries.figures_of_quarter(read, period, providers)
    silent = running - {each.source for each in published}
    return render_template(
        "front_desk/figures.html",
        quarters=quarters,
        period=period,
        published=published,
        providers=providers,
        silent=[each.label for principal, each in providers.items() if principal in silent],
        attendance=queries.sums_by_column([each.attendance for each in published]),
        demand=queries.sums_by_column([each.demand for each in published]),
        income=queries.sum_of_shown_figures(
            row["cents"] for each in published for row in each.income
        ),
        band=income_labels.band,
        euros=euros,
    )
