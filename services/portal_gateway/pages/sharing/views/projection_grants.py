"""« Prévenir aussi un service »: grants of a guardian to one more provider, up to a day."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child, fetch_ward_and_answer
from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import grants
from shared.contracts.errors import BadRequest, NoAnswer, NotEntitled, NotFound, Unavailable
from shared.contracts.values import OfChild
from shared.dates.clock import today
from shared.register import Register
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.provider_badges import badges_of_providers
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("grants", __name__)

USUAL = timedelta(days=90)
"""Default of the form: a term; a year would be forgotten."""


@blueprint.get("/enfants/<child_id>/prevenir-aussi")
@current_user.signed_in
def show_form(child_id: str) -> str:
    """Show the form: what the child's services take on request, and up to which day."""
    child, who_knows = _ask_who_knows(child_id)
    return _page(child, who_knows, Form({"until": (today() + USUAL).isoformat()}), new_id())


@blueprint.post("/enfants/<child_id>/prevenir-aussi")
@current_user.signed_in
def grant_projection(child_id: str) -> ResponseReturnValue:
    """Grant the projection to the service, up to a day; the other guardian reads of it."""
    child, who_knows = _ask_who_knows(child_id)
    form = Form({name: request.form.get(name, "").strip() for name in ("what", "until")})
    offered = {offer["value"] for offer in offered_grants(shell_here().register, child, who_knows)}
    provider, _bar, projection = form.value("what").partition("|")
    until, form_key = read_day(form.value("until")), parsing.form_key()
    if form.value("what") not in offered:
        form.errors["what"] = _("Choisissez ce que vous voulez transmettre, et à qui.")
    if until is None or not today() <= until <= today() + grants.LONGEST:
        form.errors["until"] = _("Écrivez une date, d’aujourd’hui à dans un an.")
    if until is not None and not form.errors:
        grant = grants.GrantProjectionRequest(child_id, provider, projection, until)
        try:
            current_user.ask(grants.grant_projection, grant, request_id=form_key)
        except (NoAnswer, Unavailable):
            return _page(child, who_knows, form, form_key, unavailable=True), 503
        except (BadRequest, NotEntitled, NotFound):
            form.errors["what"] = _("Ce service ne peut plus le recevoir.")
    if form.errors:
        return _page(child, who_knows, form, form_key), 422
    return _redirect_to_who_knows(child_id, "sent")


@blueprint.post("/enfants/<child_id>/prevenir-aussi/fin")
@current_user.signed_in
def withdraw(child_id: str) -> ResponseReturnValue:
    """Withdraw a grant; the service erases what it had by it."""
    provider, _bar, projection = request.form.get("what", "").partition("|")
    if not provider or projection not in record_labels.PROJECTIONS:
        abort(400)
    grant = grants.EndGrantRequest(child_id, provider, projection)
    try:
        current_user.ask(grants.end_grant, grant, request_id=parsing.form_key())
    except (NoAnswer, Unavailable):
        return _redirect_to_who_knows(child_id, "unavailable")
    return _redirect_to_who_knows(child_id, "withdrawn")


def offered_grants(
    register: Register, child: Child, who_knows: guardians.WhoKnowsAnswer
) -> list[dict[str, object]]:
    """Return what the child's services take on request and are not sent yet, by service."""
    sent = {(grant["provider"], grant["projection"]) for grant in who_knows.guardian_grants}
    return [
        {
            "value": f"{mark.code}|{projection}",
            "mark": mark,
            "label": str(record_labels.PROJECTIONS[projection]),
            "purpose": record_labels.purpose_of_projection(register, mark.code, projection),
        }
        for mark in badges_of_providers(register, child.providers)
        for projection in register.projections_on_request(mark.code)
        if (mark.code, projection) not in sent
    ]


def _ask_who_knows(child_id: str) -> tuple[Child, guardians.WhoKnowsAnswer]:
    return fetch_ward_and_answer(child_id, round_request(guardians.who_knows, OfChild(child_id)))


def _redirect_to_who_knows(child_id: str, message: str) -> ResponseReturnValue:
    flash(message, "grants")
    return redirect(url_for("transparency.who_knows", child_id=child_id), 303)


def _page(
    child: Child,
    who_knows: guardians.WhoKnowsAnswer,
    form: Form,
    form_key: str,
    unavailable: bool = False,
) -> str:
    form.labels = {"what": _("Quoi, et à qui"), "until": _("Jusqu’au")}
    return render_template(
        "portal/grant.html",
        child=child,
        form=form,
        form_key=form_key,
        offers=offered_grants(shell_here().register, child, who_knows),
        unavailable=unavailable,
    )
