"""One's own access: another password, and the end of sessions on other devices."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.account.access.labels import CHANGES, PASSKEY_REFUSED, PLACES
from services.portal_gateway.pages.account.access.views import second_step, sign_in
from services.portal_gateway.session import current_user, passkeys, recent_proof
from shared.contracts.errors import BadRequest, NoAnswer, Refusal, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.identity.accounts import MOST_PASSWORD
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.identity.own_account import second_factors
from shared.contracts.message import Empty
from shared.web.base import sign_in_limits
from shared.web.forms import password_change
from shared.web.forms.form_data import Form
from shared.web.language.languages import local_path_or_first_page
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
@sign_in_limits.by_device
def change_password() -> ResponseReturnValue:
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
    return _begin_new_session(answer, "password_changed")


@blueprint.post("/compte/acces/appareils")
@current_user.signed_in
def end_other_sessions() -> ResponseReturnValue:
    """Sign out every other device."""
    try:
        asking = sign_ins.SessionRequest(current_user.session_with_token().identity_session)
        answer = current_user.ask(own_access.end_other_sessions, asking)
    except (NoAnswer, Unavailable):
        return _page(password_change.empty_form(), away=True), 503
    return _begin_new_session(answer, "others_ended")


@blueprint.get("/compte/confirmer")
@current_user.signed_in
def ask_password() -> str:
    """Ask the person to prove itself again, before what a passer-by must not do."""
    return _confirm_page(Form())


@blueprint.post("/compte/confirmer/defi")
@current_user.signed_in
@sign_in_limits.by_device
def ask_for_passkey() -> ResponseReturnValue:
    """Give the page's script what the browser is to sign."""
    asking = sign_ins.SessionRequest(current_user.session_with_token().identity_session)
    try:
        challenge = current_user.ask(second_factors.ask_again_for_passkey, asking)
    except (NoAnswer, Unavailable):
        return Response(status=503)
    return passkeys.options_for_browser(challenge)


@blueprint.post("/compte/confirmer")
@current_user.signed_in
@sign_in_limits.by_device
def confirm_password() -> ResponseReturnValue:
    """Note that the person proved itself, and go back to what was begun."""
    form = Form()
    asked = _read_proof(form)
    if asked is None:
        return _confirm_page(form), 422
    try:
        current_user.ask(second_factors.prove_person, asked)
    except (NoAnswer, Unavailable):
        return _confirm_page(form, away=True), 503
    except Refusal as refusal:
        form.errors = _proof_refusal_by_field(asked, refusal)
        return _confirm_page(form), 422
    recent_proof.note_proof_given()
    return redirect(local_path_or_first_page(request.form.get("retour", "/")), 303)


def _read_proof(form: Form) -> second_factors.ProvePersonRequest | None:
    """Return what the person proves itself by; None, with the mistake, where there is nothing."""
    challenge, answer = passkeys.options_and_answer()
    proof = second_factors.ProvePersonRequest(
        session=current_user.session_with_token().identity_session,
        password=request.form.get("password", "")[:MOST_PASSWORD],
        code=request.form.get("code", "").strip()[: sign_ins.LONGEST_CODE],
        challenge=challenge,
        passkey=answer if challenge else "",
        address=address_digest(),
        devices=known_devices.device_secrets(),
    )
    if proof.password or proof.code or proof.passkey:
        return proof
    if "passkey" in request.form:
        form.errors = {"passkey": str(PASSKEY_REFUSED)}
    elif "code" in request.form:
        form.errors = {"code": _("Écrivez le code.")}
    else:
        form.errors = {"password": _("Écrivez votre mot de passe.")}
    return None


def _proof_refusal_by_field(
    proof: second_factors.ProvePersonRequest, refusal: Refusal
) -> dict[str, str]:
    """Return why a proof is not taken, by field; raises the refusal where it is about none."""
    if proof.passkey and isinstance(refusal, sign_ins.WrongCredentials | BadRequest):
        return {"passkey": str(PASSKEY_REFUSED)}
    if proof.code:
        return {"code": second_step.code_refusal_sentence(refusal)}
    if isinstance(refusal, sign_ins.TooManyTries):
        return {"password": sign_in.wait_sentence(refusal)}
    if isinstance(refusal, sign_ins.WrongCredentials):
        return {"password": _("Ce n’est pas votre mot de passe. Vérifiez les majuscules.")}
    if isinstance(refusal, sign_ins.SecondFactorNeeded):
        return {"code": _("Un code vous est demandé depuis peu : écrivez-le ici.")}
    raise refusal


def _confirm_page(form: Form, away: bool = False) -> str:
    form.labels = {"password": _("Mot de passe"), "code": _("Code")}
    enrolled: second_factors.SecondFactorsAnswer | None = None
    if not away:
        try:
            enrolled = current_user.ask(second_factors.second_factors, Empty())
        except (NoAnswer, Unavailable):
            away = True
    back = request.values.get("retour", "/")
    return render_template(
        "portal/confirm_password.html", form=form, back=back, away=away, enrolled=enrolled
    )


def _begin_new_session(answer: sign_ins.SignInAnswer, done: str) -> ResponseReturnValue:
    response = sign_in.start_session(answer, url_for("own_access.show"))
    flash(done)
    return response


def _page(form: Form, away: bool = False) -> str:
    known: own_access.OwnAccessAnswer | None = None
    enrolled: second_factors.SecondFactorsAnswer | None = None
    if not away:  # who has just not answered is not waited for once more
        try:
            asking = sign_ins.SessionRequest(current_user.session_with_token().identity_session)
            known = current_user.ask(own_access.my_access, asking)
            enrolled = current_user.ask(second_factors.second_factors, Empty())
        except (NoAnswer, Unavailable):
            away = True
    return render_template(
        "portal/own_access.html",
        form=form,
        known=known,
        enrolled=enrolled,
        away=away,
        changes=CHANGES,
        places=PLACES,
    )
