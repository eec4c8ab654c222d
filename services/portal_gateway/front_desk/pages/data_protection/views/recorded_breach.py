"""One breach of the record: what is known, what became of it, and the households by number."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.breaches import commands
from services.portal_gateway.front_desk.breaches.commands import Closed, NoOutcome, NotifiedEarlier
from services.portal_gateway.front_desk.breaches.rules import BreachDetails, KeptBreach
from services.portal_gateway.front_desk.pages.data_protection import breach_document as documents
from services.portal_gateway.front_desk.pages.data_protection import breach_forms as forms
from services.portal_gateway.front_desk.pages.data_protection.views.breaches import affected_figures
from services.portal_gateway.front_desk.store import store
from shared.contracts.dossier.data_protection.read_log import (
    AffectedHousehold,
    breach_households,
)
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import now
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.agents.lists.columns import NUMBER, Column, List
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form

blueprint = Blueprint("kept_breaches", __name__, url_prefix="/donnees/violation/<uuid:breach_id>")

MOST_PAGES = 50
"""Answers of the dossier in one list: ten thousand households."""


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show(breach_id: UUID) -> str:
    """Show a breach with its hours; one that is closed can no longer be changed."""
    breach = forms.require_breach(breach_id)
    return _page(breach, forms.form_of_breach(breach.details), forms.form_of_outcome(breach))


@blueprint.post("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def change(breach_id: UUID) -> ResponseReturnValue:
    """Keep what is known now, measured anew; or lay the notification out of it."""
    breach = forms.require_breach(breach_id)
    if request.form.get("form") == "pdf":
        return documents.notification_to_save(breach.details)
    form = forms.sent_form()
    if form.errors:
        return _page(breach, form, forms.form_of_outcome(breach)), 422
    details = forms.breach_details_with_scope(form)
    try:
        with store.write() as write:
            commands.update_breach(write, breach.id, details)
    except NotifiedEarlier:
        form.errors["known"] = _("Pas après le moment où la CNIL l’a su.")
        return _page(breach, form, forms.form_of_outcome(breach)), 422
    except Closed:
        flash("closed", "breach")
    else:
        flash("changed", "breach")
    return _redirect_to_breach(breach_id)


@blueprint.post("/suite")
@agent.for_agents_who_may(PERSON_REQUESTS)
def note_outcome(breach_id: UUID) -> ResponseReturnValue:
    """Note when the CNIL was notified or why not; close the breach where the form says so."""
    breach = forms.require_breach(breach_id)
    form = Form({name: forms.text_of_field(name) for name in ("notified_at", "why_not_notified")})
    notified = forms.moment_of_field(form, "notified_at") if form.value("notified_at") else None
    if notified and not breach.details.known <= notified <= now():
        form.errors["notified_at"] = _("Entre le moment où c’est su et maintenant.")
    forms.refuse_long_text(form, "why_not_notified")
    closes = request.form.get("form") == "close"
    if closes and not form.errors and not (notified or form.value("why_not_notified")):
        form.errors["notified_at"] = _(
            "Pour clore : quand la CNIL l’a su, ou pourquoi elle ne l’a pas été."
        )
    if form.errors:
        return _page(breach, forms.form_of_breach(breach.details), form), 422
    try:
        with store.write() as write:
            commands.note_notification_outcome(
                write, breach.id, notified, form.value("why_not_notified")
            )
            if closes:
                subject = agent.require_agent().session.subject
                commands.close_breach(write, breach.id, subject, now())
    except (Closed, NoOutcome, NotifiedEarlier):
        flash("closed", "breach")
    else:
        flash("changed", "breach")
    return _redirect_to_breach(breach_id)


@blueprint.get("/foyers")
@agent.for_agents_who_may(PERSON_REQUESTS)
def list_households(breach_id: UUID) -> ResponseReturnValue:
    """List the households by number, with their file: no name is in it, and nothing is noted."""
    breach = forms.require_breach(breach_id)
    rows, whole = _affected_households(breach.details)

    def households_page(listing: Any) -> str:
        return render_template(
            "front_desk/breach_households.html", listing=listing, breach=breach, whole=whole
        )

    return show_list(HOUSEHOLDS, rows, households_page, lambda _rows: None)


def _affected_households(details: BreachDetails) -> tuple[list[AffectedHousehold], bool]:
    """Return these households, and whether they are all."""
    found: list[AffectedHousehold] = []
    after = None
    for _page_number in range(MOST_PAGES):
        wanted = forms.affected_households_request(details, after)
        answer = agent.ask(breach_households, wanted, deadline=forms.PATIENCE)
        found += answer.households
        if not answer.more:
            return found, True
        after = found[-1]["household_id"]
    return found, False


def _held_data_labels(row: AffectedHousehold) -> tuple[str, ...]:
    return tuple(str(_(PROJECTIONS[code].label)) for code in row["projections"])


HOUSEHOLDS: List[AffectedHousehold] = List(
    _l("Foyers touchés"),
    (
        Column("foyer", _l("Foyer"), lambda row: row["household_id"]),
        Column("enfants", _l("Enfants"), lambda row: row["children"], NUMBER),
        Column("lectures", _l("Lectures"), lambda row: row["reads"], NUMBER),
        Column("detenu", _l("Ce que le service avait"), _held_data_labels, filtered=True),
    ),
)


def _redirect_to_breach(breach_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("kept_breaches.show", breach_id=breach_id, _anchor="confirmation"), 303)


def _page(breach: KeptBreach, form: Form, outcome: Form) -> str:
    return render_template(
        "front_desk/kept_breach.html",
        breach=breach,
        form=form,
        outcome=outcome,
        names=protecting_agents.agent_names(),
        office=forms.office_label,
        offices=forms.office_choices(),
        texts=list(forms.text_fields().items()),
        **affected_figures(breach.details),
    )
