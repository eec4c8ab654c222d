"""« Prévenir aussi un service »: one provider more is told a part of the file, up to a day."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.labels import record as texts
from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session.queries import children as family
from shared.contracts.dossier import dossier
from shared.contracts.dossier import grants as on_request
from shared.contracts.errors import (
    BadRequest,
    NoAnswer,
    NotEntitled,
    NotFound,
    Refusal,
    Unavailable,
)
from shared.contracts.message import Empty
from shared.dates.clock import today
from shared.register import Register
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_day
from shared.web.language.providers import marks_of

blueprint = Blueprint("also_told", __name__)

USUAL = timedelta(days=90)
"""What the form proposes: a term, and not a year that nobody thinks of again."""


@blueprint.get("/enfants/<child_id>/prevenir-aussi")
@person.signed_in
def ask(child_id: str) -> str:
    """Offer what a service of the child takes on request, and ask up to which day."""
    child, told = _asked(child_id)
    return _page(child, told, Form({"until": (today() + USUAL).isoformat()}), new_id())


@blueprint.post("/enfants/<child_id>/prevenir-aussi")
@person.signed_in
def send(child_id: str) -> Any:
    """Have it sent; the other guardian reads of it."""
    child, told = _asked(child_id)
    form = Form({name: request.form.get(name, "").strip() for name in ("what", "until")})
    offered = {each["value"] for each in offers(shell_here().register, child, told)}
    provider, _bar, projection = form.value("what").partition("|")
    until, act = read_day(form.value("until")), typed.act()
    if form.value("what") not in offered:
        form.errors["what"] = _("Choisissez ce que vous voulez transmettre, et à qui.")
    if until is None or not today() <= until <= today() + on_request.LONGEST:
        form.errors["until"] = _("Écrivez une date, d’aujourd’hui à dans un an.")
    if until is not None and not form.errors:
        grant = on_request.GrantProjectionRequest(child_id, provider, projection, until)
        try:
            person.ask(on_request.grant_projection, grant, request_id=act)
        except (NoAnswer, Unavailable):
            return _page(child, told, form, act, silent=True), 503
        except (BadRequest, NotEntitled, NotFound):
            form.errors["what"] = _("Ce service ne peut plus le recevoir.")
    if form.errors:
        return _page(child, told, form, act), 422
    return _back(child_id, "sent")


@blueprint.post("/enfants/<child_id>/prevenir-aussi/fin")
@person.signed_in
def withdraw(child_id: str) -> Any:
    """Withdraw it; the service erases what it had by it."""
    provider, _bar, projection = request.form.get("what", "").partition("|")
    if not provider or projection not in texts.PROJECTIONS:
        abort(400)
    grant = on_request.EndGrantRequest(child_id, provider, projection)
    try:
        person.ask(on_request.end_grant, grant, request_id=typed.act())
    except (NoAnswer, Unavailable):
        return _back(child_id, "silent")
    return _back(child_id, "withdrawn")


def offers(
    register: Register, child: family.Child, told: dossier.WhoKnowsAnswer
) -> list[dict[str, Any]]:
    """Return what the child's services take on request and are not sent yet, by service."""
    sent = {(each["provider"], each["projection"]) for each in told.guardian_grants}
    return [
        {
            "value": f"{mark.code}|{projection}",
            "mark": mark,
            "label": str(texts.PROJECTIONS[projection]),
            "purpose": texts.purpose_of(register, mark.code, projection),
        }
        for mark in marks_of(register, child.providers)
        for projection in register.on_request(mark.code)
        if (mark.code, projection) not in sent
    ]


def _asked(child_id: str) -> tuple[family.Child, dossier.WhoKnowsAnswer]:
    children, told = person.ask_all(
        (dossier.my_children, Empty()),
        (dossier.who_knows, dossier.WhoKnowsRequest(child_id)),
    )
    child = family.family_from(children).child(child_id)
    if isinstance(told, Refusal):
        raise told
    return child, told


def _back(child_id: str, said: str) -> Any:
    flash(said, "also_told")
    return redirect(url_for("transparency.who_knows", child_id=child_id), 303)


def _page(
    child: family.Child,
    told: dossier.WhoKnowsAnswer,
    form: Form,
    act: str,
    silent: bool = False,
) -> str:
    form.labels = {"what": _("Quoi, et à qui"), "until": _("Jusqu’au")}
    return render_template(
        "portal/also_tell.html",
        child=child,
        form=form,
        act=act,
        offers=offers(shell_here().register, child, told),
        silent=silent,
    )
