"""Closures: the sessions of a site, of some groups, days or hours are cancelled, or given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.day.views import food_on_occasion
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.page_parts.parsing import read_hour
from services.enrolment.offer.commands.closing.closures import declare_closure, lift_closure
from services.enrolment.offer.queries.calendar_days import special_periods
from services.enrolment.offer.queries.closures import (
    ClosableSite,
    active_closures,
    closable_sites,
    count_children_of_sites,
    next_closable_day,
)
from services.enrolment.offer.queries.outing_choices import SCHOOLING
from services.enrolment.offer.rules.hours_of_closure import LIFTED_WITHIN, Span
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("closures", "/fermetures", labels=offer_labels)

REASONS = ("strike", "staff", "weather", "building", "other")
EVERYWHERE = "tous"
LONGEST = timedelta(days=92)


@dataclass(frozen=True)
class Asked:
    """The days, hours and site of a page of closures; "" where no site was chosen yet."""

    span: Span
    site: str

    def query(self, **more: str) -> dict[str, str]:
        """Return the asked days, hours and site as the query of an address."""
        span = self.span
        written = {
            "jour": span.first_day.isoformat(),
            "au": span.last_day.isoformat() if span.last_day != span.first_day else "",
            "de": span.starts,
            "a": span.ends,
            "site": self.site,
        }
        return {name: text for name, text in (written | more).items() if text}

    def address(self, **more: str) -> str:
        """Return the address of the page on which this is asked."""
        return f"{url_for('closures.show_closable_sites')}?{urlencode(self.query(**more))}"


@blueprint.get("")
@reach_of_agent.requires_permission("day")
def show_closable_sites() -> str:
    """Show the sites of a day or a span with who is expected there, or the groups of one."""
    form = Form()
    return _page(_read_asked(request.args, form), form)


@blueprint.post("")
@reach_of_agent.requires_permission("day")
def declare_chosen_closure() -> ResponseReturnValue:
    """Cancel what the chosen groups still have in this span; each family is notified once."""
    chosen = request.form.getlist("groups")
    form = Form({"groups": chosen, "reason": request.form.get("reason", "")})
    asked = _read_asked(request.form, form)
    if not chosen:
        form.errors["groups"] = _("Choisissez au moins un groupe.")
    if form.value("reason") not in REASONS:
        form.errors["reason"] = _("Choisissez une raison.")
    if form.errors:
        return _page(asked, form), 422
    subject = agent.require_agent().session.subject
    with store.write() as write:
        here = reach_of_agent.reach_of_page_permission(write)
        reason = form.value("reason")
        done = declare_closure(write, asked.span, chosen, reason, subject, now(), here)
    flash(str(done.households), "closed" if done.closure_id else "nothing")
    return redirect(asked.address(site=""), 303)


@blueprint.post("/<uuid:closure_id>/rouvrir")
@reach_of_agent.requires_permission("day")
def take_closure_back(closure_id: UUID) -> Response:
    """
    Take a closure back, of chosen groups where the form has some to choose from.

    What was booked is booked again, and each family is notified once.
    """
    subject = agent.require_agent().session.subject
    chosen = request.form.getlist("groups") if "some" in request.form else None
    try:
        with store.write() as write:
            done = lift_closure(write, str(closure_id), subject, now(), chosen)
    except NotFound:
        abort(404)
    lifted = "outing_lifted" if done.is_outing else "lifted"
    flash(str(done.households), lifted if done.closure_id else "nothing_lifted")
    return redirect(url_for("closures.show_closable_sites"), 303)


def _read_asked(sent: MultiDict[str, str], form: Form) -> Asked:
    """Return what is asked; mistakes in days and hours are put into the form."""
    first = _read_written_day(sent, "jour", form) or _next_closable_day()
    last = _read_written_day(sent, "au", form) or first
    if not form.errors and not first <= last <= first + LONGEST:
        form.errors["au"] = _("Le dernier jour vient après le premier, trois mois au plus.")
    if form.errors:
        last = first
    starts, ends = (_read_hour(sent, name, form) for name in ("de", "a"))
    if starts and ends and ends <= starts:
        form.errors["a"] = _("L’heure de fin vient après celle du début.")
        ends = ""
    form.values |= {"jour": first.isoformat(), "au": last.isoformat(), "de": starts, "a": ends}
    return Asked(Span(first, last, starts, ends), sent.get("site", ""))


def _read_written_day(sent: MultiDict[str, str], name: str, form: Form) -> date | None:
    """Return a day; None where none is written, and with a mistake where it cannot be read."""
    written = sent.get(name, "").strip()
    day = read_day(written)
    if written and day is None:
        form.errors[name] = _("Écrivez une date, par exemple 03/05/2026.")
    return day


def _read_hour(sent: MultiDict[str, str], name: str, form: Form) -> str:
    written = sent.get(name, "")
    hour = read_hour(written) if written else None
    if written and hour is None:
        form.errors[name] = _("Écrivez une heure.")
    return f"{hour:%H:%M}" if hour else ""


def _next_closable_day() -> date:
    with store.read() as read:
        return (
            next_closable_day(read, now(), reach_of_agent.reach_of_page_permission(read)) or today()
        )


def _page(asked: Asked, form: Form) -> str:
    with store.read() as read:
        here = reach_of_agent.reach_of_page_permission(read)
        sites = closable_sites(read, asked.span, now(), here)
        closures = active_closures(read, today() - LIFTED_WITHIN, here)
        special = special_periods(read, asked.span.first_day, asked.span.last_day)
    shown = _chosen_sites(sites, asked.site)
    form.labels = {"groups": _("Groupes"), "reason": _("Raison")}
    form.labels |= {"jour": _("Du"), "au": _("Au"), "de": _("De"), "a": _("À")}
    return render_template(
        "desk/day/closures.html",
        form=form,
        asked=asked,
        sites=sites,
        shown=shown,
        groups=sum(len(site.groups) for site in shown or sites),
        children=count_children_of_sites(shown or sites),
        everywhere=EVERYWHERE,
        closures=closures,
        special=special,
        with_classes=SCHOOLING in agent.require_agent().sight.sight_anywhere.sees,
        on_occasion=food_on_occasion.has_food_on_occasion(),
        reasons=[(code, offer_labels.REASONS[code]) for code in REASONS],
    )


def _chosen_sites(sites: Sequence[ClosableSite], site: str) -> Sequence[ClosableSite]:
    """Return the sites whose groups are to be chosen; none as long as there are several."""
    if site == EVERYWHERE or len(sites) == 1:
        return sites
    return [each for each in sites if each.site == site]
