"""Overview of a régie: balances owed, open tasks, cash box, last runs, chart of twelve months."""

from flask import render_template

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.months_chart import plot_of_months
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.message import Empty

blueprint = billing_client.regie_blueprint("regie_overview", "/regie")


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> str:
    """Show the régie at a glance."""
    answer = billing_client.ask_billing(contracts.regie_overview, Empty())
    months = sorted(answer.months, key=lambda month: month["month"], reverse=True)
    return render_template(
        "desk/regie/overview.html",
        seen=answer,
        months=months,
        plot=plot_of_months(answer.months),
        owed_cents=sum(month["owed_cents"] for month in months),
    )
