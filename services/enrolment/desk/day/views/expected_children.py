"""Children expected on a day, counted for the kitchen and the rooms."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from services.enrolment.bookings.queries.expected_counts import DIET, diets_reader, expected_counts
from services.enrolment.desk.access import reach
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.store import store, vault
from shared.dates.clock import now, today
from shared.web.forms.parsing import read_day

blueprint = Blueprint("expected", __name__, url_prefix="/effectifs")


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {"labels": offer_labels}


@blueprint.get("")
@reach.may("roll_call", "day")
def show() -> str:
    """Show a day's counts; menus stand there for who sees diets."""
    day = read_day(request.args.get("jour", "")) or today()
    with store.read() as read:
        here, dieted = reach.reach_here(read), reach.reach_seeing(read, DIET)
        diets = diets_reader(read, vault) if dieted.holds_anywhere else None
        counts = expected_counts(read, day, diets, here, dieted)
    return render_template(
        "desk/day/expected.html", day=day, counts=counts, at=now(), **_days_around(day)
    )


def _days_around(day: date) -> dict[str, date]:
    return {"before": day - timedelta(days=1), "after": day + timedelta(days=1)}
