"""Coming in and going out: sign-in, first activation, sign-out."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.portal_gateway.session import alert_device, current_user, sessions
from shared.contracts.errors import BadRequest, NoAnswer, Refusal, Unavailable
from shared.contracts.identity import accounts, invitations, sign_ins
from shared.dates.clock import now
from shared.web.base import sign_in_limits
from shared.web.forms import password_change, password_held_by_page, sign_in_sentences
from shared.web.forms.form_data import Form
from shared.web.language.languages import local_path_or_first_page
from shared.web.openid import views as openid
from shared.web.session import cookies, csrf, known_devices
from shared.web.session.client_address import address_digest, network_digest
from shared.web.session.sign_in_log import OPENED, log_sign_in

blueprint = Blueprint("sign_in", __name__)

SIGN_OUT_SECONDS = 1.0


@blueprint.get("/connexion")
def show() -> ResponseReturnValue:
    """Show the sign-in page; who is signed in already goes home."""
    if current_user.current_session() is not None:
        return redirect(path_after_sign_in())
    return sign_in_page(Form({"login": request.args.get("identifiant", "")}))


@blueprint.post("/connexion")
@sign_in_limits.by_device
@sign_in_limits.by_login
def sign_in() -> ResponseReturnValue:
    """Open a session; a refusal comes back in words, with the login kept."""
    form = Form({"login": request.form.get("login", "").strip()})
    password = _typed_password(form)
    form.errors = sign_in_sentences.missing_fields(form, password)
    if form.errors:
        return sign_in_page(form), 422
    try:
        answer = ask_identity(form, password)
    except (NoAnswer, Unavailable):
        return sign_in_page(form, unavailable=True), 503
    except sign_ins.SecondFactorNeeded as needed:
        log_sign_in(form.value("login"), needed.code)
        return code_page(form, password, list(needed.detail.get("ways", ())))
    except Refusal as refusal:
        log_sign_in(form.value("login"), refusal.code)
        if seconds := password_held_by_page.seconds_to_wait(refusal):
            held_password = password_held_by_page.seal_password(form.value("login"), password)
            return sign_in_page(form, waits=(seconds, held_password)), 429
        form.errors = _refusal_sentences(refusal)
        return sign_in_page(form), 422
    log_sign_in(form.value("login"), OPENED)
    if answer.kind != "family":
        return _refuse_agent(form, answer.session)
    return start_session(answer, path_after_sign_in())


@blueprint.get("/activation")
def show_activation() -> str:
    """Show the page on which an invitation becomes an account."""
    return _activation_page(Form({"code": request.args.get("code", "")}))


@blueprint.post("/activation")
@sign_in_limits.by_address
def activate() -> ResponseReturnValue:
    """Choose a first password with the code of the letter, then sign in with it."""
    form = Form({"code": request.form.get("code", "").strip()})
    password = request.form.get("password", "")
    form.errors = _missing_activation_fields(form, password)
    if form.errors:
        return _activation_page(form), 422
    try:
        answer = current_user.bus().ask(
            invitations.activate,
            invitations.ActivateRequest(form.value("code"), password[: accounts.MOST_PASSWORD]),
        )
    except (NoAnswer, Unavailable):
        return _activation_page(form, unavailable=True), 503
    except Refusal as refusal:
        form.errors = _activation_refusals(refusal)
        return _activation_page(form), 422
    flash("", "activated")
    response = redirect(url_for("sign_in.show", identifiant=answer.login), 303)
    known_devices.keep_device_secret(response, answer.device)
    return response


@blueprint.post("/deconnexion")
def sign_out() -> Response:
    """End the session here and at identity; here even where identity is away."""
    session = current_user.current_session()
    if session is not None and session.actor:
        return redirect(url_for("visits.end_session_everywhere"), 307)
    alert_device.end_alerts_on_this_device()
    if session is not None:
        sessions.end_session(session.secret)
        sign_out_at_identity(session.identity_session)
    csrf.renew_token()
    flash("", "signed_out")
    response = redirect(url_for("sign_in.show"), 303)
    if session is not None and session.logout:
        response = make_response(openid.leaving_page(session.logout))
    response.headers["Clear-Site-Data"] = '"cache"'
    cookies.forget(response, current_user.COOKIE)
    cookies.forget(response, alert_device.COOKIE)
    return response


def start_session(answer: sign_ins.SignInAnswer, path: str, logout: str = "") -> Response:
    """Begin anew: new secret, new form token; then to a path of this site."""
    former = cookies.read(current_user.COOKIE)
    secret = sessions.start_session(answer, now(), former, logout)
    csrf.renew_token()
    response = redirect(path, 303)
    cookies.write(response, current_user.COOKIE, secret)
    known_devices.keep_device_secret(response, answer.device)
    return response


def ask_identity(form: Form, password: str, code: str = "") -> sign_ins.SignInAnswer:
    """Ask identity for a session, with the code of the second step where there is one."""
    signing_in = sign_ins.SignInRequest(
        login=form.value("login"),
        password=password,
        code=code,
        address=address_digest(),
        devices=known_devices.device_secrets(),
        remember=form.value("remember") == "yes",
        network=network_digest(),
    )
    with known_devices.limiting_unknown_devices():
        return current_user.bus().ask(sign_ins.sign_in, signing_in)


def _typed_password(form: Form) -> str:
    """Return what was typed, now or before the page waited for its turn."""
    typed = request.form.get("password", "")[: accounts.MOST_PASSWORD]
    return typed or password_held_by_page.unsealed_password(
        form.value("login"), request.form.get("held", "")
    )


def _refuse_agent(form: Form, session: str) -> ResponseReturnValue:
    sign_out_at_identity(session)
    form.errors = {
        "login": _(
            "Ce compte est celui d’un agent : connectez-vous à l’adresse de votre service. "
            "Pour vos propres enfants, utilisez votre compte de famille."
        )
    }
    return sign_in_page(form), 422


def sign_out_at_identity(session: str) -> None:
    """End a session at identity, where it answers soon."""
    try:
        ending = sign_ins.SessionRequest(session)
        current_user.bus().ask(sign_ins.sign_out, ending, deadline=SIGN_OUT_SECONDS)
    except Refusal:
        pass  # it ends there by itself soon


def _refusal_sentences(refusal: Refusal) -> dict[str, str]:
    """Say why not; a wrong login and a wrong password read alike."""
    if isinstance(refusal, sign_ins.TooManyTries):
        return {"password": wait_sentence(refusal)}
    if isinstance(refusal, sign_ins.WrongCredentials | BadRequest):
        return {
            "login": _(
                "Cet identifiant et ce mot de passe ne vont pas ensemble. Vérifiez les deux, "
                "les majuscules aussi."
            )
        }
    raise refusal


def wait_sentence(refusal: sign_ins.TooManyTries) -> str:
    """Return how long to wait, and what opens the account at once where others are in the way."""
    sentence = sign_in_sentences.delay_sentence(int(refusal.detail.get("wait_seconds", 60)))
    return f"{sentence} {_ways_in_sentence()}" if refusal.detail.get("others") else sentence


def _ways_in_sentence() -> str:
    """Say what opens the account at once, where other people's tries stand before this device."""
    return _(
        "D’autres personnes essaient d’entrer ici. Avec un appareil sur lequel vous vous êtes déjà "
        "connecté, ou avec un nouveau mot de passe, vous n’attendez pas."
    )


def _missing_activation_fields(form: Form, password: str) -> dict[str, str]:
    errors = {}
    if not form.value("code"):
        errors["code"] = _("Écrivez le code de votre courrier.")
    if not password:
        errors["password"] = _("Choisissez un mot de passe.")
    return errors


def _activation_refusals(refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, accounts.WeakPassword):
        return {"password": password_change.weak_password_sentence(refusal)}
    if isinstance(refusal, invitations.InvitationUnknown | BadRequest):
        return {
            "code": _(
                "Ce code n’est pas reconnu, a déjà servi ou a expiré. Vérifiez-le, ou appelez-nous "
                "pour en recevoir un autre."
            )
        }
    raise refusal


def sign_in_page(
    form: Form, unavailable: bool = False, waits: tuple[int, str] | None = None
) -> str:
    """Return the sign-in page."""
    form.labels = {"login": _("Identifiant"), "password": _("Mot de passe")}
    return render_template(
        "portal/sign_in.html",
        form=form,
        unavailable=unavailable,
        waits=waits,
        back=request.values.get("retour", ""),
        why=request.args.get("etat", ""),
    )


def code_page(
    form: Form, password: str, ways: list[str] | None = None, unavailable: bool = False
) -> str:
    """Return the page of the second step; it holds the password sealed, for some minutes."""
    form.labels = {"code": _("Code")}
    return render_template(
        "portal/second_step.html",
        form=form,
        held=password_held_by_page.seal_password(form.value("login"), password),
        ways=ways or request.form.getlist("ways"),
        back=path_after_sign_in(),
        unavailable=unavailable,
    )


def _activation_page(form: Form, unavailable: bool = False) -> str:
    form.labels = {"code": _("Code"), "password": _("Mot de passe")}
    return render_template("portal/activation.html", form=form, unavailable=unavailable)


def path_after_sign_in() -> str:
    """Return where a sign-in leads."""
    return local_path_or_first_page(request.values.get("retour") or url_for("home.show"))
