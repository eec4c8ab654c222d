"""The second step of a sign-in, and signing in by a passkey, which needs no first one."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.account.access.labels import PASSKEY_REFUSED
from services.portal_gateway.pages.account.access.views import sign_in
from services.portal_gateway.session import current_user, passkeys
from shared.contracts.errors import BadRequest, NoAnswer, Refusal, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account import second_factors
from shared.contracts.message import Empty
from shared.web.base import sign_in_limits
from shared.web.forms import password_held_by_page
from shared.web.forms.form_data import Form
from shared.web.openid import views as openid
from shared.web.session import known_devices
from shared.web.session.client_address import address_digest
from shared.web.session.sign_in_log import OPENED, log_sign_in

blueprint = Blueprint("second_step", __name__)

BY_PASSKEY = "passkey"
"""Entry in the log of sign-ins in place of a login, which nobody has typed."""


@blueprint.post("/connexion/code")
@sign_in_limits.by_device
@sign_in_limits.by_login
def check_code() -> ResponseReturnValue:
    """Open a session with the password of the first step and a code."""
    form = Form({name: request.form.get(name, "").strip() for name in ("login", "remember")})
    password = password_held_by_page.unsealed_password(
        form.value("login"), request.form.get("held", "")
    )
    if not password:
        return redirect(
            url_for("sign_in.show", etat="lent", retour=sign_in.path_after_sign_in()), 303
        )
    code = request.form.get("code", "").strip()[: sign_ins.LONGEST_CODE]
    if not code:
        form.errors = {"code": _("Écrivez le code.")}
        return sign_in.code_page(form, password), 422
    try:
        answer = sign_in.ask_identity(form, password, code)
    except (NoAnswer, Unavailable):
        return sign_in.code_page(form, password, unavailable=True), 503
    except Refusal as refusal:
        log_sign_in(form.value("login"), refusal.code)
        form.errors = {"code": code_refusal_sentence(refusal)}
        return sign_in.code_page(form, password), 422
    log_sign_in(form.value("login"), OPENED)
    return sign_in.start_session(answer, sign_in.path_after_sign_in())


@blueprint.post("/connexion/cle/defi")
@sign_in_limits.by_device
def ask_for_passkey() -> ResponseReturnValue:
    """Give the page's script what the browser is to sign."""
    try:
        challenge = current_user.bus().ask(second_factors.ask_for_passkey, Empty())
    except (NoAnswer, Unavailable):
        return Response(status=503)
    return passkeys.options_for_browser(challenge)


@blueprint.post("/connexion/cle")
@sign_in_limits.by_device
def use_passkey() -> ResponseReturnValue:
    """Open a session with what the browser signed."""
    asked, answer = passkeys.options_and_answer()
    form = Form()
    if not asked or not answer:
        form.errors = {"passkey": str(PASSKEY_REFUSED)}
        return sign_in.sign_in_page(form), 422
    entering = second_factors.PasskeySignInRequest(
        challenge=asked,
        passkey=answer,
        address=address_digest(),
        devices=known_devices.device_secrets(),
    )
    try:
        opened = current_user.bus().ask(second_factors.sign_in_by_passkey, entering)
    except (NoAnswer, Unavailable):
        return sign_in.sign_in_page(form, unavailable=True), 503
    except (sign_ins.WrongCredentials, BadRequest) as refusal:
        log_sign_in(BY_PASSKEY, refusal.code)
        form.errors = {"passkey": str(PASSKEY_REFUSED)}
        return sign_in.sign_in_page(form), 422
    log_sign_in(BY_PASSKEY, OPENED)
    return sign_in.start_session(opened, sign_in.path_after_sign_in(), openid.logout_held_by_page())


def code_refusal_sentence(refusal: Refusal) -> str:
    """Return why a code is not taken; raises the refusal where it is not about one."""
    if isinstance(refusal, sign_ins.TooManyTries):
        return sign_in.wait_sentence(refusal)
    if isinstance(refusal, sign_ins.WrongCredentials | sign_ins.SecondFactorNeeded | BadRequest):
        return _(
            "Ce code ne convient pas, ou a déjà servi. Attendez le suivant, ou prenez un code de "
            "secours."
        )
    raise refusal
