"""A family's own second factors: passkeys, one-time codes, recovery codes."""

from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.account.access.labels import PASSKEY_REFUSED
from services.portal_gateway.pages.account.access.views import second_step
from services.portal_gateway.session import current_user, passkeys
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account import second_factors
from shared.contracts.message import Empty, Method
from shared.web.base import sign_in_limits
from shared.web.forms.form_data import Form
from shared.web.forms.totp_key import TotpKey
from shared.web.session import known_devices
from shared.web.session.client_address import address_digest

A = TypeVar("A")
blueprint = Blueprint("second_factors", __name__, url_prefix="/compte/acces")

LONGEST_NAME = 40
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Téléphone"), ("Mac", "Mac"))
"""A word in a browser's name of itself, and a name for its passkey."""


@blueprint.get("/cle")
@require_recent_proof
def show_new_passkey() -> str:
    """Show what a passkey is, and the name that the new one may have."""
    return _passkey_page(Form({"name": _device_name()}))


@blueprint.post("/cle/defi")
@sign_in_limits.by_device
@require_recent_proof
def begin_passkey() -> ResponseReturnValue:
    """Give the page's script what the browser is to make."""
    asking = sign_ins.SessionRequest(current_user.session_with_token().identity_session)
    try:
        challenge = current_user.ask(second_factors.begin_passkey, asking)
    except (NoAnswer, Unavailable, second_factors.TooManyPasskeys):
        return Response(status=503)
    return passkeys.options_for_browser(challenge)


@blueprint.post("/cle")
@sign_in_limits.by_device
@require_recent_proof
def add_passkey() -> ResponseReturnValue:
    """Add what the browser made; the first factor brings recovery codes."""
    asked, answer = passkeys.options_and_answer()
    form = Form({"name": request.form.get("name", "").strip()[:LONGEST_NAME]})
    if not asked or not answer:
        form.errors = {"name": str(PASSKEY_REFUSED)}
        return _passkey_page(form), 422
    adding = second_factors.AddPasskeyRequest(
        session=current_user.session_with_token().identity_session,
        challenge=asked,
        passkey=answer,
        name=form.value("name") or _device_name(),
        **_browser_fields(),
    )
    try:
        codes = current_user.ask(second_factors.add_passkey, adding).codes
    except (NoAnswer, Unavailable):
        return _passkey_page(form, away=True), 503
    except (sign_ins.WrongCredentials, second_factors.TooManyPasskeys, BadRequest):
        form.errors = {"name": str(PASSKEY_REFUSED)}
        return _passkey_page(form), 422
    flash("passkey_added")
    return _codes_page(codes) if codes else _redirect_to_own_access()


@blueprint.get("/cle/<uuid:passkey_id>/retirer")
@require_recent_proof
def show_passkey(passkey_id: UUID) -> str:
    """Ask whether a passkey is to be removed."""
    enrolled = current_user.ask(second_factors.second_factors, Empty())
    theirs = (each for each in enrolled.passkeys if each["id"] == str(passkey_id))
    passkey = next(theirs, None) or abort(404)
    return render_template("portal/remove_passkey.html", passkey=passkey)


@blueprint.post("/cle/<uuid:passkey_id>/retirer")
@require_recent_proof
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Remove a passkey."""
    removing = second_factors.RemovePasskeyRequest(id=str(passkey_id), **_browser_fields())
    try:
        current_user.ask(second_factors.remove_passkey, removing)
    except NotFound:
        pass  # it is gone already
    flash("passkey_removed")
    return _redirect_to_own_access()


@blueprint.get("/codes")
@require_recent_proof
def show_codes() -> str:
    """Show the QR code that an application on a telephone reads."""
    return _enrol_page(Form())


@blueprint.post("/codes")
@sign_in_limits.by_device
@require_recent_proof
def confirm_codes() -> ResponseReturnValue:
    """Ask for one-time codes from now on, where this is one of them."""
    form, code = Form(), request.form.get("code", "").strip()[: sign_ins.LONGEST_CODE]
    if not code:
        form.errors = {"code": _("Écrivez le code.")}
        return _enrol_page(form), 422
    session = current_user.session_with_token().identity_session
    confirming = second_factors.ConfirmCodesRequest(session=session, code=code, **_browser_fields())
    try:
        codes = current_user.ask(second_factors.confirm_codes, confirming).codes
    except (NoAnswer, Unavailable):
        raise
    except Refusal as refusal:
        form.errors = {"code": second_step.code_refusal_sentence(refusal)}
        return _enrol_page(form), 422
    flash("codes_on")
    return _codes_page(codes) if codes else _redirect_to_own_access()


@blueprint.get("/codes/arreter")
@require_recent_proof
def show_stop() -> str:
    """Ask whether one-time codes are to be asked for no more."""
    return render_template("portal/stop_codes.html")


@blueprint.post("/codes/arreter")
@require_recent_proof
def stop_codes() -> ResponseReturnValue:
    """Ask for one-time codes no more."""
    _ask_for_change(second_factors.remove_codes)
    flash("codes_off")
    return _redirect_to_own_access()


@blueprint.get("/secours")
@require_recent_proof
def show_recovery() -> str:
    """Say what recovery codes are for, and that new ones void the former."""
    return render_template("portal/recovery_codes.html", codes=[])


@blueprint.post("/secours")
@require_recent_proof
def make_recovery_codes() -> ResponseReturnValue:
    """Show new recovery codes, this once."""
    codes = _ask_for_change(second_factors.renew_recovery_codes).codes
    return _codes_page(codes) if codes else _redirect_to_own_access()


def _ask_for_change(method: Method[second_factors.FactorRequest, A]) -> A:
    request = second_factors.FactorRequest(address_digest(), known_devices.device_secrets())
    return current_user.ask(method, request)


def _browser_fields() -> dict[str, Any]:
    return {"address": address_digest(), "devices": known_devices.device_secrets()}


def _device_name() -> str:
    """Return what this browser's passkey may be called, by what it says of itself."""
    said = request.user_agent.string
    return next((name for sign, name in DEVICES if sign in said), _("Ordinateur"))


def _redirect_to_own_access() -> ResponseReturnValue:
    return redirect(url_for("own_access.show"), 303)


def _passkey_page(form: Form, away: bool = False) -> str:
    form.labels = {"name": _("Nom de la clé")}
    return render_template("portal/new_passkey.html", form=form, away=away)


def _enrol_page(form: Form) -> str:
    form.labels = {"code": _("Code à 6 chiffres")}
    asking = sign_ins.SessionRequest(current_user.session_with_token().identity_session)
    key = TotpKey(current_user.ask(second_factors.begin_codes, asking).totp_uri)
    return render_template("portal/new_codes.html", form=form, key=key)


def _codes_page(codes: list[str]) -> str:
    return render_template("portal/recovery_codes.html", codes=codes)
