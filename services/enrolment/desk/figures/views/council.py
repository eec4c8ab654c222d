"""The council's report of a quarter: read and printed here, published by who directs all of it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.enrolment.children.queries.reach import EVERYWHERE
from services.enrolment.desk.access import agent
from services.enrolment.desk.figures import labels
from services.enrolment.figures.commands.publishing import (
    NotOver,
    publish_figures,
    quarter_figures,
)
from services.enrolment.figures.queries.attendance import count_unclosed
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.periods import Period
from services.enrolment.models import PublishedFigures
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.register import TRIAL
from shared.web.base.app import shell_here

PERMISSION = "day"

blueprint = Blueprint("council", __name__, url_prefix="/chiffres/conseil")


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {"labels": labels}


@blueprint.get("")
@agent.may(PERMISSION)
def show() -> str:
    """Show a quarter as the council would read it."""
    quarter = _quarter(request.args.get("trimestre", ""))
    with store.read() as read:
        content = quarter_figures(read, quarter)
        row = read.get(PublishedFigures, quarter.code)
        unclosed = count_unclosed(read, quarter, EVERYWHERE, now())
    return render_template(
        "desk/figures/council.html",
        quarter=quarter,
        quarters=periods.usual_quarters(today()),
        content=content,
        over=quarter.is_over(today()),
        on_trial=_is_on_trial(),
        unclosed=unclosed,
        published_at=row.published_at if row else None,
    )


@blueprint.post("")
@agent.may(PERMISSION)
def publish() -> Response:
    """
    Publish a quarter that is over; one that is not is said to be so on its page.

    On trial there is nobody to publish to: the town counts no invented children.
    """
    if _is_on_trial():
        abort(404)
    named = periods.period_from(request.form.get("trimestre", ""))
    if named is None or named.kind != periods.QUARTER:
        abort(400)
    subject = agent.require_agent().session.subject
    try:
        with store.write() as write:
            changed = publish_figures(write, named, subject, today(), now())
    except NotOver:
        return redirect(url_for("council.show", trimestre=named.code), 303)
    flash("published" if changed else "same", "figures")
    return redirect(url_for("council.show", trimestre=named.code, _anchor="confirmation"), 303)


def _is_on_trial() -> bool:
    provider = shell_here().registered_provider()
    return provider is not None and provider.state == TRIAL


def _quarter(code: str) -> Period:
    """Return the quarter of a code; the last that is over for any other text."""
    named = periods.period_from(code)
    if named and named.kind == periods.QUARTER:
        return named
    return periods.quarter_before(periods.quarter_of(today()))
