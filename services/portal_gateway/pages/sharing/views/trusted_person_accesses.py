"""A dated access to a child's week: granted and withdrawn by a guardian, answered by its holder."""

import re
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import fetch_ward_and_answer
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.dossier.families import trusted_person_accesses as contracts
from shared.contracts.errors import BadRequest, NoAnswer, Unavailable
from shared.contracts.message import Empty
from shared.contracts.values import EMAIL_SHAPE, OfChild
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("carer_accesses", __name__)

USUAL = timedelta(days=90)
"""Default of the form: a term; a year would be forgotten."""
CHILD = "/enfants/<child_id>/acces"
FIELDS = ("name", "email", "valid_from", "valid_to", "acts")


@blueprint.get(CHILD)
@require_recent_proof
def show(child_id: str) -> str:
    """
    Show who sees the child's week, and the form that lets one person more.

    Whoever has a parent's open page must not let themselves see where the child is.
    """
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        return _page(child_id, _form_of(kept), new_id(), restored=True)
    usual = {"valid_from": today().isoformat(), "valid_to": (today() + USUAL).isoformat()}
    return _page(child_id, Form({**usual, "acts": "absence"}), new_id())


@blueprint.post(CHILD)
@require_recent_proof
def grant(child_id: str) -> ResponseReturnValue:
    """Offer the access; the person answers from an account of their own."""
    form = _form_of(current_user.sent_form_fields())
    form_key = parsing.form_key()
    _check_access_form(form)
    first, last = read_day(form.value("valid_from")), read_day(form.value("valid_to"))
    if first and last and not form.errors:
        asked = contracts.GrantAccessRequest(
            child_id=child_id,
            name=form.value("name"),
            email=form.value("email"),
            valid_from=first,
            valid_to=last,
            says_absent=form.value("acts") == "absence",
        )
        try:
            current_user.ask(contracts.grant_access, asked, request_id=form_key)
        except (NoAnswer, Unavailable):
            return _page(child_id, form, form_key, unsent=True), 503
        except contracts.TooManyAccesses:
            form.errors["name"] = _("Six accès sont déjà ouverts : retirez-en un d’abord.")
        except BadRequest:
            form.errors["valid_to"] = _("Écrivez des dates d’aujourd’hui à dans un an, en ordre.")
    if form.errors:
        return _page(child_id, form, form_key), 422
    saved_forms.drop_saved_form()
    flash("granted", "accesses")
    return redirect(url_for("carer_accesses.show", child_id=child_id), 303)


@blueprint.post(f"{CHILD}/<access_id>/retirer")
@current_user.signed_in
def withdraw(child_id: str, access_id: str) -> ResponseReturnValue:
    """Withdraw an access: it is closed at once."""
    asked = contracts.EndAccessRequest(child_id, parsing.require_id(access_id))
    try:
        current_user.ask(contracts.end_access, asked)
    except (NoAnswer, Unavailable):
        flash("unavailable", "accesses")
    else:
        flash("withdrawn", "accesses")
    return redirect(url_for("child.show", child_id=child_id), 303)


@blueprint.get("/acces-proposes")
@current_user.signed_in
def list_offered() -> str:
    """Show what was offered to who is signed in."""
    offered = current_user.ask(contracts.offered_accesses, Empty())
    return render_template("portal/offered_accesses.html", accesses=offered.accesses)


@blueprint.post("/acces-proposes/<access_id>")
@current_user.signed_in
def answer_offered_access(access_id: str) -> ResponseReturnValue:
    """Take an offered access, or decline it."""
    said = request.form.get("answer", "")
    if said not in ("accept", "decline"):
        abort(400)
    asked = contracts.AnswerAccessRequest(parsing.require_id(access_id), said == "accept")
    current_user.ask(contracts.answer_access, asked)
    flash(said, "accesses")
    return redirect(url_for("child.all_children"), 303)


def _form_of(sent: dict[str, list[str]]) -> Form:
    return Form({name: next(iter(sent.get(name, ())), "").strip() for name in FIELDS})


def _check_access_form(form: Form) -> None:
    if not form.value("name") or len(form.value("name")) > 120:
        form.errors["name"] = _("Écrivez son prénom et son nom.")
    if not re.fullmatch(EMAIL_SHAPE, form.value("email")):
        form.errors["email"] = _("Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr.")
    for name in ("valid_from", "valid_to"):
        if read_day(form.value(name)) is None:
            form.errors[name] = _("Écrivez une date, par exemple 03/05/2018.")
    if form.value("acts") not in ("absence", "week"):
        form.errors["acts"] = _("Choisissez une des réponses proposées.")


def _page(child_id: str, form: Form, form_key: str, **more: object) -> str:
    child, accesses = fetch_ward_and_answer(
        child_id, round_request(contracts.accesses_of, OfChild(child_id))
    )
    form.labels = {
        "name": _("Prénom et nom"),
        "email": _("Son adresse e-mail"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
        "acts": _("Ce que cette personne peut faire"),
    }
    return render_template(
        "portal/carer_accesses.html",
        child=child,
        accesses=accesses.accesses,
        in_care=accesses.in_care,
        form=form,
        form_key=form_key,
        today=today(),
        **more,
    )
