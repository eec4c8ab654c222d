"""One's own access: another password, and the end of sessions on other devices."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.portal_gateway.pages.access.views import sign_in
from services.portal_gateway.session import current_user
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.identity import own_access, sign_ins
from shared.contracts.identity.accounts import WeakPassword
from shared.contracts.message import Empty
from shared.web.base import limits
from shared.web.forms.forms import Form
from shared.web.session import known_devices

blueprint = Blueprint("own_access", __name__)

MOST = sign_in.MOST_PASSWORD


@blueprint.get("/compte/acces")
@current_user.signed_in
def show() -> str:
    """Show the login, the open sessions, and the form of another password."""
    return _page(Form())


@blueprint.post("/compte/acces/mot-de-passe")
@current_user.signed_in
@limits.by_device
def change_password() -> Any:
    """Change the password; what is open elsewhere ends."""
    former, password = (request.form.get(name, "")[:MOST] for name in ("former", "password"))
    form = Form(errors=_missing_fields(former, password))
    if form.errors:
        return _page(form), 422
    try:
        answer = current_user.ask(
            own_access.change_password,
            own_access.ChangePasswordRequest(
                former, password, limits.address_digest(), known_devices.secrets()
            ),
        )
    except (NoAnswer, Unavailable):
        return _page(form, unavailable=True), 503
    except Refusal as refusal:
        form.errors = _refusal_sentences(refusal)
        return _page(form), 422
    return _begun_anew(answer, "password_changed")


@blueprint.post("/compte/acces/appareils")
@current_user.signed_in
def end_other_sessions() -> Any:
    """Sign out every other device."""
    try:
        answer = current_user.ask(own_access.end_other_sessions, Empty())
    except (NoAnswer, Unavailable):
        return _page(Form(), unavailable=True), 503
    return _begun_anew(answer, "others_ended")


def _begun_anew(answer: sign_ins.SignInAnswer, done: str) -> Response:
    response = sign_in.start_session(answer, url_for("own_access.show"))
    flash("", done)
    return response


def _missing_fields(former: str, password: str) -> dict[str, str]:
    errors = {}
    if not former:
        errors["former"] = _("Écrivez votre mot de passe actuel.")
    if not password:
        errors["password"] = _("Choisissez un mot de passe.")
    elif password == former:
        errors["password"] = _("Choisissez un autre mot de passe que l’actuel.")
    return errors


def _refusal_sentences(refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, WeakPassword):
        return {"password": sign_in.weak_password_sentence(refusal)}
    if isinstance(refusal, sign_ins.WrongCredentials):
        return {"former": _("Ce n’est pas votre mot de passe actuel. Vérifiez les majuscules.")}
    if isinstance(refusal, sign_ins.TooManyTries):
        return {"former": sign_in.wait_sentence(refusal)}
    raise refusal


def _page(form: Form, unavailable: bool = False) -> str:
    form.labels = {"former": _("Mot de passe actuel"), "password": _("Nouveau mot de passe")}
    session = current_user.session()
    known: own_access.OwnAccessAnswer | None = None
    if not unavailable:
        try:
            asking = sign_ins.SessionRequest(session.identity_session)
            known = current_user.ask(own_access.my_access, asking)
        except (NoAnswer, Unavailable):
            unavailable = True
    return render_template("portal/own_access.html", form=form, known=known, away=unavailable)
