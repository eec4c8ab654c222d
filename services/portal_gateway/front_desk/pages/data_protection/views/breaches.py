"""Record of breaches, and a new one: whom it touched, until when the CNIL is notified, and how."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.breaches.commands import keep_breach
from services.portal_gateway.front_desk.breaches.queries import kept_breaches
from services.portal_gateway.front_desk.breaches.rules import (
    BreachDetails,
    hours_until_notification,
)
from services.portal_gateway.front_desk.pages.data_protection import breach_document as documents
from services.portal_gateway.front_desk.pages.data_protection import breach_forms as forms
from services.portal_gateway.front_desk.store import store
from services.portal_gateway.pages.page_parts import parsing
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import now
from shared.register.entitlement import PERSON_REQUESTS
from shared.runtime.ids import new_id
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form

blueprint = Blueprint("breaches", __name__, url_prefix="/donnees/violation")


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show() -> str:
    """Show the record, and the form: whose data, from when to when, and since when one knows."""
    return _page(Form({}, labels=forms.field_labels()), None)


@blueprint.post("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def measure_or_keep_breach() -> ResponseReturnValue:
    """
    Say whom it touched and until when to notify, lay the notification out, or keep the breach.
    """
    form = forms.sent_form()
    if form.errors:
        return _page(form, None), 422
    details = forms.breach_details_with_scope(form)
    wanted = request.form.get("form")
    if wanted == "pdf":
        return documents.notification_to_save(details)
    if wanted != "keep":
        return _page(form, details)
    subject = agent.require_agent().session.subject
    breach_id = parsing.request_id(parsing.form_key(), *form.values.values())
    with store.write() as write:
        keep_breach(write, breach_id, details, subject, now())
    return redirect(url_for("kept_breaches.show", breach_id=breach_id), 303)


def _page(form: Form, details: BreachDetails | None) -> str:
    with store.read() as read:
        kept = kept_breaches(read)
    return render_template(
        "front_desk/breach.html",
        form=form,
        form_key=request.form.get("act") or new_id(),
        kept=kept,
        hours=lambda breach: hours_until_notification(breach.details.known, now()),
        office=forms.office_label,
        offices=forms.office_choices(),
        texts=list(forms.text_fields().items()),
        **affected_figures(details),
    )


def affected_figures(details: BreachDetails | None) -> dict[str, object]:
    """Return what a page says of whom a breach touched, and of its hours."""
    if details is None:
        return {"scope": None}
    scope = forms.breach_scope_of(details)
    return {
        "scope": scope,
        "due": documents.end_of_72_hours(details),
        "hours_left": hours_until_notification(details.known, now()),
        "parts_held": [_(PROJECTIONS[code].label) for code in scope.projections],
    }
