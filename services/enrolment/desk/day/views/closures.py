"""Closures of the day: cancels sessions and notifies each family once."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.enrolment.bookings.queries.expected_counts import expected_counts
from services.enrolment.desk.access import agent, reach
from services.enrolment.desk.day.views import food_events
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.offer.commands.session_cancelling import cancel_sessions
from services.enrolment.offer.queries.cancellable_sessions import cancellable_sessions
from services.enrolment.offer.queries.outings import SCHOOLING
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("closures", __name__, url_prefix="/fermetures")

REASONS = ("strike", "staff", "weather", "building", "other")


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {"labels": offer_labels}


@blueprint.get("")
@reach.may("day")
def show() -> str:
    """Show what is to take place on a day, and how many children are expected."""
    return _page(_day_or_today(request.args.get("jour", "")), Form())


@blueprint.post("")
@reach.may("day")
def declare() -> Any:
    """Cancel the day's sessions of the chosen activities: closed, not counted, told once."""
    day, chosen = _day_or_today(request.form.get("jour", "")), request.form.getlist("activities")
    form = Form({"activities": chosen, "reason": request.form.get("reason", "")})
    if not chosen:
        form.errors["activities"] = _("Choisissez au moins une activité.")
    if form.value("reason") not in REASONS:
        form.errors["reason"] = _("Choisissez une raison.")
    if form.errors:
        return _page(day, form), 422
    moment = now()
    with store.write() as write:
        here = reach.reach_here(write)
        sessions = cancellable_sessions(write, (day, day), chosen, moment, here)
        cancelled = cancel_sessions(write, sessions, form.value("reason"), moment)
    flash(str(len(cancelled)), "cancelled" if sessions else "nothing")
    return redirect(url_for("closures.show", jour=day.isoformat()), 303)


def _day_or_today(written: str) -> date:
    return read_day(written) or today()


def _page(day: date, form: Form) -> str:
    with store.read() as read:
        here = reach.reach_here(read)
        counts = expected_counts(read, day, reach=here)
        shown = [count.activity_id for count in counts]
        open_ones = set(cancellable_sessions(read, (day, day), shown, now(), here))
    form.labels = {"activities": _("Activités"), "reason": _("Raison")}
    return render_template(
        "desk/day/closures.html",
        form=form,
        day=day,
        counts=counts,
        open_ones=open_ones,
        with_classes=SCHOOLING in agent.require_agent().sight.anywhere.sees,
        on_occasion=food_events.has_food_on_occasion(),
        reasons=[(code, offer_labels.REASONS[code]) for code in REASONS],
    )
