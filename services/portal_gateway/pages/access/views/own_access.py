"""One's own access: another password, and the end of sessions on other devices."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.portal_gateway.pages.access.views import sign_in
from services.portal_gateway.session import current_user, recent_password
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.identity import own_access, sign_ins
from shared.contracts.identity.accounts import MOST_PASSWORD
from shared.web.base import limits
from shared.web.forms import password_change
from shared.web.forms.forms import Form
from shared.web.language.languages import local_path
from shared.web.session import known_devices
from shared.web.session.client_address import address_digest

blueprint = Blueprint("own_access", __name__)


@blueprint.get("/compte/acces")
@current_user.signed_in
def show() -> str:
    """Show the login, the open sessions, and the form of another password."""
    return _page(password_change.empty_form())


@blueprint.post("/compte/acces/mot-de-passe")
@current_user.signed_in
@limits.by_device
def change_password() -> Any:
    """Change the password; what is open elsewhere ends."""
    asked, form = password_change.read_form()
    if form.errors:
        return _page(form), 422
    try:
        answer = current_user.ask(own_access.change_password, asked)
    except (NoAnswer, Unavailable):
        return _page(form, away=True), 503
    except sign_ins.TooManyTries as refusal:
        form.errors = {"former": sign_in.wait_sentence(refusal)}
        return _page(form), 422
    except Refusal as refusal:
        form.errors = password_change.refusal_sentences(refusal)
        return _page(form), 422
    return _begun_anew(answer, "password_changed")


@blueprint.post("/compte/acces/appareils")
@current_user.signed_in
def end_other_sessions() -> Any:
    """Sign out every other device."""
    try:
        asking = sign_ins.SessionRequest(current_user.session().identity_session)
        answer = current_user.ask(own_access.end_other_sessions, asking)
    except (NoAnswer, Unavailable):
        return _page(password_change.empty_form(), away=True), 503
    return _begun_anew(answer, "others_ended")


@blueprint.get("/compte/confirmer")
@current_user.signed_in
def ask_password() -> str:
    """Ask for the password again, before what a passer-by must not do."""
    return _confirm_page(Form())


@blueprint.post("/compte/confirmer")
@current_user.signed_in
@limits.by_device
def confirm_password() -> Any:
    """Note that the password was given, and go back to what was begun."""
    form, password = Form(), request.form.get("password", "")[:MOST_PASSWORD]
    if not password:
        form.errors = {"password": _("Écrivez votre mot de passe.")}
        return _confirm_page(form), 422
    asked = own_access.ProvePasswordRequest(
        password=password, address=address_digest(), devices=known_devices.secrets()
    )
    try:
        current_user.ask(own_access.prove_password, asked)
    except (NoAnswer, Unavailable):
        return _confirm_page(form, away=True), 503
    except sign_ins.TooManyTries as refusal:
        form.errors = {"password": sign_in.wait_sentence(refusal)}
        return _confirm_page(form), 422
    except sign_ins.WrongCredentials:
        form.errors = {"password": _("Ce n’est pas votre mot de passe. Vérifiez les majuscules.")}
        return _confirm_page(form), 422
    recent_password.note_given(current_user.subject())
    return redirect(local_path(request.form.get("retour", "/")), 303)


def _confirm_page(form: Form, away: bool = False) -> str:
    form.labels = {"password": _("Mot de passe")}
    back = request.values.get("retour", "/")
    return render_template("portal/confirm_password.html", form=form, back=back, away=away)


def _begun_anew(answer: sign_ins.SignInAnswer, done: str) -> Response:
    response = sign_in.start_session(answer, url_for("own_access.show"))
    flash(done)
    return response


def _page(form: Form, away: bool = False) -> str:
    known: own_access.OwnAccessAnswer | None = None
    if not away:  # who has just not answered is not waited for once more
        try:
            asking = sign_ins.SessionRequest(current_user.session().identity_session)
            known = current_user.ask(own_access.my_access, asking)
        except (NoAnswer, Unavailable):
            away = True
    return render_template("portal/own_access.html", form=form, known=known, away=away)
