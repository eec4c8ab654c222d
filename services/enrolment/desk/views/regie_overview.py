"""The régie at a glance: what is owed, what waits, the till, the last runs, twelve months drawn."""

from flask import render_template

from services.enrolment.desk import agent, regie
from services.enrolment.desk.regie import ACT
from services.enrolment.desk.regie_plot import plot_of
from shared.contracts import regie as contracts

blueprint = regie.pages("regie_overview", "/regie")


@blueprint.get("")
@agent.may(ACT)
def show() -> str:
    """Show the régie at a glance."""
    answer = regie.ask(contracts.regie_overview)
    months = sorted(answer.months, key=lambda month: str(month["month"]), reverse=True)
    return render_template(
        "desk/regie/overview.html",
        seen=answer,
        months=months,
        plot=plot_of(answer.months),
        owed_cents=sum(month["owed_cents"] for month in months),
    )
