"""« Mon enfant est malade »: one act over all providers, each with its deadline and its answer."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.portal_gateway.calls import prices
from services.portal_gateway.calls.calendars import Agenda, fetch_days_of_children
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels.enrolment import euros
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import outcome_as_codes
from services.portal_gateway.overview.queries.family import (
    current_overview,
    days_with_pending_change,
)
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.schedule.absence_form import AbsenceDays, read_absence_days
from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import Child, Family
from shared.contracts.enrolment.places import family_acts, states
from shared.dates.clock import now, today
from shared.json_values import JsonObject
from shared.runtime.ids import new_id

blueprint = Blueprint("absence", __name__)

REASONS = ("sick", "other")
DAYS_LOOKED_AHEAD = timedelta(days=7)
"""Days among which the page finds the first with something left to declare."""
Sessions = list[tuple[str, str]]
"""Ids of chosen sessions, each with its words."""
Chosen = dict[tuple[str, str], Sessions]
"""The chosen sessions by provider and child."""


@dataclass(frozen=True)
class ProviderAnswer:
    """One provider's answer about one child's absence, session by session."""

    provider: str
    child: Child
    message: JsonObject
    lines: list[tuple[str, str]]
    """Each chosen session: how it is said, and its outcome's code ("" where there is none)."""


@blueprint.get("/absence")
@current_user.signed_in
def show() -> ResponseReturnValue:
    """List every booking of the chosen children and days, with what cancelling it means."""
    family, restored = (
        current_overview().family.without_view_only_children(),
        saved_forms.saved_form_of_page(),
    )
    asked = _parse_absence_days(family, restored)
    return _page(family, asked, restored=restored), 422 if asked.form.errors else 200


@blueprint.post("/absence")
@current_user.signed_in
def declare() -> ResponseReturnValue:
    """Declare the absence to all providers in one round; show each one's answer."""
    family = current_overview().family.without_view_only_children()
    reason, form_key = request.form.get("reason", ""), parsing.form_key()
    if reason not in REASONS:
        abort(400)
    chosen = _chosen_sessions(family)
    if not chosen:
        asked = _parse_absence_days(family)
        return _page(family, asked, nothing=not asked.form.errors), 422
    absences = [
        orders.Order(
            parsing.request_id(
                form_key,
                child_id,
                provider,
                reason,
                *(session_id for session_id, _said in sessions),
            ),
            family_acts.declare_absence,
            provider,
            family_acts.DeclareAbsenceRequest(
                child_id, [session_id for session_id, _said in sessions], reason
            ),
            " · ".join(said for _one, said in sessions),
            {"sessions": [session_id for session_id, _said in sessions]},
        )
        for (provider, child_id), sessions in chosen.items()
    ]
    outcomes = orders.send_orders(absences)
    saved_forms.drop_saved_form()
    answers = [
        _provider_answer(family, child_id, provider, sessions, outcome)
        for ((provider, child_id), sessions), outcome in zip(chosen.items(), outcomes, strict=True)
    ]
    return render_template("portal/absence_answers.html", answers=answers, labels=enrolment_labels)


def _parse_absence_days(
    family: Family, restored: dict[str, list[str]] | None = None
) -> AbsenceDays:
    query: MultiDict[str, str] = request.values
    if restored:
        query = MultiDict((name, value) for name, several in restored.items() for value in several)
    day = today()
    days = current_overview().days(day, day + DAYS_LOOKED_AHEAD)
    return read_absence_days(query, family, day, days, now())


def _page(
    family: Family,
    asked: AbsenceDays,
    nothing: bool = False,
    restored: dict[str, list[str]] | None = None,
) -> str:
    children, first, last = asked.children, asked.first, asked.last
    if asked.form.errors:
        children = []
    if nothing:
        asked.form.errors["session"] = _("Cochez au moins une séance.")
    priced = prices.SessionPrices(children, first)
    calendar = (
        fetch_days_of_children(children, first, last, priced.questions_to_billing)
        if children
        else Agenda([])
    )
    counted = priced.cents_if_absent(calendar.more_answers)
    moment, pending = now(), days_with_pending_change(current_overview())
    booked = [day for day in calendar.days if day.may_be_declared(moment)]
    return render_template(
        "portal/absence.html",
        family=family,
        form=asked.form,
        chosen=[child.id for child in children],
        names=family.first_names,
        first=first,
        last=last,
        today=today(),
        days=[day for day in booked if (day.child_id, day.session_id) not in pending],
        on_their_way=[day for day in booked if (day.child_id, day.session_id) in pending],
        over=any(day.state == states.BOOKED and day not in booked for day in calendar.days),
        others=[day for day in calendar.days if day.state == states.OTHER],
        unavailable=calendar.old,
        moment=moment,
        form_key=new_id(),
        nothing=nothing,
        kept=restored,
        ticked=restored.get("session", []) if restored else None,
        reason=(restored or request.values.to_dict(flat=False)).get("reason", ["sick"])[0],
        value=_session_value,
        consequence=lambda day: absence_consequence_in_words(
            day, moment, counted.get((day.child_id, day.provider, day.activity_id))
        ),
        labels=enrolment_labels,
    )


def _session_value(day: Day) -> str:
    """Return what a chosen booking sends back: where it is, and how it was said."""
    said = f"{day.activity}, {enrolment_labels.short_day(day.day)}"
    return "|".join((day.provider, day.child_id, day.session_id, said))


def _chosen_sessions(family: Family) -> Chosen:
    """Return the sessions that were ticked; of the family's own children and their providers."""
    chosen: Chosen = defaultdict(list)
    for value in request.form.getlist("session"):
        parts = value.split("|", 3)
        if len(parts) != 4 or not parsing.is_id(parts[2]):
            abort(400)
        provider, child_id, session_id, label = parts
        if provider not in family.child(child_id).providers:
            abort(400)
        chosen[provider, child_id].append((session_id, label[:200]))
    return chosen


def _provider_answer(
    family: Family, child_id: str, provider: str, sessions: Sessions, outcome: orders.Outcome
) -> ProviderAnswer:
    message = outcome_as_codes(outcome, provider)
    codes = {outcome["session_id"]: outcome["outcome"] for outcome in message.get("outcomes", ())}
    return ProviderAnswer(
        provider,
        family.child(child_id),
        message,
        [(label, codes.get(session_id, "")) for session_id, label in sessions],
    )


def absence_consequence_in_words(day: Day, moment: datetime, cents: int | None = None) -> str:
    """Say what an absence declared now means for one booking; `cents` if its price is known."""
    if day.may_cancel(moment):
        if cents:
            return _("annulé à temps : %(amount)s ne seront pas facturés", amount=euros(cents))
        return _("annulé à temps : ne sera pas facturé")
    if cents is not None:
        return _(
            "délai passé, sera facturé : %(amount)s, sauf si le service l’excuse",
            amount=euros(cents),
        )
    return _("délai passé : sera facturé, sauf si le service l’excuse")
