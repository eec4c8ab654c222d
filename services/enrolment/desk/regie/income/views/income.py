"""Income of a period by activity and band; in its file what few households paid is hidden."""

from dataclasses import replace
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts import period_labels
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.desk.regie.income.client import BILLED_BY, Billed, income_billed_for_period
from services.enrolment.desk.regie.labels import billed_income as labels
from services.enrolment.figures.queries.published_quarters import published_quarter
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.periods import Period
from services.enrolment.figures.rules.publishable_income import IncomeLine, rows_hidden_where_few
from services.enrolment.store import store
from shared.dates.clock import today
from shared.web.agents.lists.columns import EUROS, NUMBER, Column, List
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import asks_file, show_list

blueprint = billing_client.regie_blueprint("regie_income", "/regie/recettes")


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> ResponseReturnValue:
    """
    Show what a period's bills charge; its file hides what under five households paid.

    A file is of a quarter: what one hides, that of a month within or a year around would give away.
    Once the quarter's income is published the file says the same, whatever was credited since.
    """
    period = _period_of_address()
    if asks_file() and period.kind != periods.QUARTER:
        abort(404)
    billed = income_billed_for_period(period, LONG_SECONDS)
    with store.read() as read:
        published = published_quarter(read, period.code)
    frozen = [IncomeLine(**row) for row in published.content["income"]] if published else []

    def page(listing: Listing[IncomeLine]) -> str:
        return render_template(
            "desk/regie/income.html",
            listing=listing,
            period=period,
            choices=_billed_periods_to_choose(),
            billed=billed,
            published_at=published.at if published and frozen else None,
            bands=labels,
            period_name=period_labels.period,
        )

    return show_list(
        _list_of_income(period), frozen or _publishable_lines(billed), page, lambda _rows: None
    )


def _publishable_lines(billed: Billed) -> list[IncomeLine]:
    """Return what may leave, each activity by its name, as it is published."""
    return [
        replace(line, activity=labels.activity(line.activity))
        for line in rows_hidden_where_few(billed.rows)
    ]


def _list_of_income(period: Period) -> List[IncomeLine]:
    columns: list[Column[Any]] = [
        Column("activite", _l("Activité"), lambda line: line.activity),
        Column("tranche", _l("Quotient"), _band_in_words),
        Column("foyers", _l("Foyers"), lambda line: line.households, NUMBER),
        Column("recettes", _l("Facturé"), lambda line: line.cents, EUROS),
        Column("cache", _l("Caché"), lambda line: _("caché") if line.is_hidden else ""),
    ]
    title = _("Recettes, %(period)s", period=period_labels.period(period))
    return List(title, columns, keep=("periode",))


def _band_in_words(line: IncomeLine) -> str:
    return labels.band(line.basis, line.from_cents, line.to_cents)


def _billed_periods_to_choose() -> list[Period]:
    usual = [each for each in periods.periods_to_choose(today()) if each.kind in BILLED_BY]
    years = [each for each in usual if each.kind == periods.YEAR]
    months = [each for each in usual if each.kind == periods.MONTH]
    return [*years, *periods.quarters_to_choose(today()), *months]


def _period_of_address() -> Period:
    """Return the period that the address names, this school year where it names none of bills."""
    named = periods.period_from(request.args.get("periode", ""))
    if named and named.kind in BILLED_BY:
        return named
    return periods.school_year_period(today())
