"""The council's report of a quarter: read and printed here, published by who directs all of it."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.enrolment.children.queries.reach_of_right import EVERYWHERE
from services.enrolment.desk.access import agent
from services.enrolment.desk.figures import labels
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS
from services.enrolment.desk.regie.income.client import (
    Billed,
    income_billed_for_period,
    income_or_none_if_unavailable,
)
from services.enrolment.desk.regie.labels import billed_income as income_labels
from services.enrolment.figures.commands.publishing_quarters import (
    NotOver,
    figures_of_quarter,
    publish_figures,
)
from services.enrolment.figures.queries.attendance import count_unclosed_sessions
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.periods import Period
from services.enrolment.figures.rules.publishable_income import income_as_council_reads
from services.enrolment.models import PublishedFigures
from services.enrolment.store import store
from shared.contracts.enrolment.figures import IncomeRow
from shared.contracts.errors import NoAnswer, Unavailable
from shared.dates.clock import now, today
from shared.register import TRIAL
from shared.web.base.app import shell_here
from shared.web.prices.price_labels import euros

PERMISSION = "day"

blueprint = desk_blueprint("council", "/chiffres/conseil", labels=labels)


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> str:
    """Show a quarter as the council would read it."""
    quarter = _quarter_of_code(request.args.get("trimestre", ""))
    asked = _may_add_income()
    billed = income_or_none_if_unavailable(quarter) if asked else None
    with store.read() as read:
        content = figures_of_quarter(read, quarter, _income_rows(billed) if billed else ())
        row = read.get(PublishedFigures, quarter.code)
        unclosed = count_unclosed_sessions(read, quarter, EVERYWHERE, now())
    return render_template(
        "desk/figures/council.html",
        quarter=quarter,
        quarters=periods.quarters_to_choose(today()),
        content=content,
        over=quarter.is_over(today()),
        on_trial=_is_provider_on_trial(),
        unclosed=unclosed,
        published_at=row.published_at if row else None,
        asked_income=asked,
        billed=billed,
        income_published=bool(row and row.content.get("income")),
        band=income_labels.band,
        euros=euros,
    )


@blueprint.post("")
@agent.for_agents_who_may(PERMISSION)
def publish() -> Response:
    """
    Publish a quarter that is over; one that is not is said to be so on its page.

    With its income where the form says so, by who holds the régie: while billing is silent nothing
    is published.

    On trial there is nobody to publish to: the town counts no invented children.
    """
    if _is_provider_on_trial():
        abort(404)
    named = periods.period_from(request.form.get("trimestre", ""))
    if named is None or named.kind != periods.QUARTER:
        abort(400)
    try:
        income = _income_to_publish(named)
        subject = agent.require_agent().session.subject
        with store.write() as write:
            changed = publish_figures(write, named, subject, today(), now(), income)
        flash("published" if changed else "same", "figures")
    except NotOver:
        return redirect(url_for("council.show", trimestre=named.code), 303)
    except (NoAnswer, Unavailable):
        flash("silent", "figures")
    return redirect(url_for("council.show", trimestre=named.code, _anchor="confirmation"), 303)


def _income_to_publish(quarter: Period) -> list[IncomeRow]:
    """Return the income that the form wants published; raises NoAnswer or Unavailable."""
    if request.form.get("recettes") != "oui":
        return []
    if not _may_add_income():
        abort(404)
    return _income_rows(income_billed_for_period(quarter, LONG_SECONDS))


def _income_rows(billed: Billed) -> list[IncomeRow]:
    return income_as_council_reads(billed.rows, income_labels.activity)


def _may_add_income() -> bool:
    return billing_client.PERMISSION in agent.require_agent().sight.permissions


def _is_provider_on_trial() -> bool:
    provider = shell_here().registered_provider()
    return provider is not None and provider.state == TRIAL


def _quarter_of_code(code: str) -> Period:
    """Return the quarter of a code; the last that is over for any other text."""
    named = periods.period_from(code)
    if named and named.kind == periods.QUARTER:
        return named
    return periods.quarter_before(periods.quarter_of_day(today()))
