"""Coming in and going out: password, then code; sign-out."""

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shared.contracts.errors import BadRequest, NoAnswer, NotEntitled, Refusal, Unavailable
from shared.contracts.identity import desk_passing, sign_ins
from shared.contracts.identity.accounts import MOST_PASSWORD
from shared.contracts.message import Empty
from shared.dates.clock import now
from shared.web.agents import current_agent as agent
from shared.web.agents.views import rights_awaiting_holder
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.forms import password_held_by_page, sign_in_sentences
from shared.web.forms.form_data import Form
from shared.web.language.languages import local_path_or_first_page
from shared.web.openid import views as openid
from shared.web.session import cookies, csrf, known_devices
from shared.web.session.client_address import address_digest, network_digest
from shared.web.session.sign_in_log import OPENED, log_sign_in

blueprint = Blueprint("sign_in", __name__)

DOOR = "door"
SIGN_OUT_SECONDS = MY_DESKS_SECONDS = 1.0
LONGEST_CODE = 10


@blueprint.get("/connexion")
def show() -> ResponseReturnValue:
    """Show the first step; who is signed in already goes on."""
    if agent.agent_name() is not None:
        return redirect(_path_after_sign_in())
    return password_page(Form({"login": request.args.get("identifiant", "")}))


@blueprint.post("/connexion")
@sign_in_limits.by_device
@sign_in_limits.by_login
def check_password() -> ResponseReturnValue:
    """Check login and password; a right pair leads to the code."""
    form = Form({"login": request.form.get("login", "").strip()})
    password = _typed_password(form)
    form.errors = sign_in_sentences.missing_fields(form, password)
    if form.errors:
        return password_page(form), 422
    try:
        answer = _sign_in_at_identity(form.value("login"), password)
    except sign_ins.SecondFactorNeeded:
        return _redirect_to_code(form.value("login"), password)
    except (NoAnswer, Unavailable):
        return password_page(form, silent=True), 503
    except Refusal as refusal:
        if seconds := password_held_by_page.seconds_to_wait(refusal):
            held = password_held_by_page.seal_password(form.value("login"), password)
            return password_page(form, waits=(seconds, held)), 429
        form.errors = {"login": refusal_sentence(refusal)}
        return password_page(form), 422
    return begin_session(answer, _path_after_sign_in(), answer.device)


@blueprint.get("/connexion/code")
def show_code_form() -> ResponseReturnValue:
    """Show the second step, to who has passed the first."""
    if agent.desk_here().sessions.typed_login(cookies.read(DOOR), now()) is None:
        return redirect(url_for("sign_in.show", retour=_path_after_sign_in()))
    return _code_page(Form())


@blueprint.post("/connexion/code")
@sign_in_limits.by_device
def check_code() -> ResponseReturnValue:
    """Open a session with the code of the agent's device."""
    secret = cookies.read(DOOR)
    credentials = agent.desk_here().sessions.typed_login(secret, now())
    if credentials is None:
        flash("too_slow")
        return redirect(url_for("sign_in.show", retour=_path_after_sign_in()), 303)
    form = Form()
    code = request.form.get("code", "").replace(" ", "")[:LONGEST_CODE]
    try:
        answer = _sign_in_at_identity(**dict(credentials), code=code)
    except (NoAnswer, Unavailable):
        return _code_page(form, silent=True), 503
    except (sign_ins.WrongCredentials, sign_ins.SecondFactorNeeded, BadRequest):
        form.errors = {"code": _("Ce code ne convient pas. Attendez le suivant, puis écrivez-le.")}
        return _code_page(form), 422
    except Refusal as refusal:
        form.errors = {"code": refusal_sentence(refusal)}
        return _code_page(form), 422
    agent.desk_here().sessions.forget_typed_login(secret)
    path = rights_awaiting_holder.path_after_sign_in(answer.token, _path_after_sign_in())
    return begin_session(answer, path, answer.device)


@blueprint.post("/deconnexion")
def sign_out() -> Response:
    """End the session here, and at identity as soon as it answers."""
    sessions = agent.desk_here().sessions
    session = sessions.find(cookies.read(agent.COOKIE), now())
    if session is not None:
        sessions.end(session.secret)
        _end_at_identity(session.identity_session)
    csrf.renew_token()
    flash("signed_out")
    response = make_response(redirect(url_for("sign_in.show"), 303))
    if session is not None and session.logout:
        response = make_response(openid.leaving_page(session.logout))
    response.headers["Clear-Site-Data"] = '"cache"'
    cookies.forget(response, agent.COOKIE)
    return response


def start_session_begun_elsewhere(
    answer: sign_ins.SignInAnswer, back: str, logout: str
) -> ResponseReturnValue:
    """Open the session of an agent whom the town's provider knows."""
    path = rights_awaiting_holder.path_after_sign_in(answer.token, back)
    return begin_session(answer, path, answer.device, logout)


def _redirect_to_code(login: str, password: str) -> Response:
    secret = agent.desk_here().sessions.keep_typed_login(login, password, now())
    response = make_response(
        redirect(url_for("sign_in.show_code_form", retour=_path_after_sign_in()), 303)
    )
    cookies.write(response, DOOR, secret)
    return response


def _sign_in_at_identity(login: str, password: str, code: str = "") -> sign_ins.SignInAnswer:
    signing_in = sign_ins.SignInRequest(
        login,
        password,
        code,
        address_digest(),
        known_devices.device_secrets(),
        network=network_digest(),
    )
    try:
        with known_devices.limiting_unknown_devices():
            answer = agent.bus().ask(sign_ins.sign_in, signing_in)
    except Refusal as refusal:
        log_sign_in(login, refusal.code)
        raise
    log_sign_in(login, OPENED)
    return answer


def _typed_password(form: Form) -> str:
    """Return what was typed, now or before the page waited for its turn."""
    credentials = request.form.get("password", "")[:MOST_PASSWORD]
    return credentials or password_held_by_page.unsealed_password(
        form.value("login"), request.form.get("held", "")
    )


def begin_session(
    answer: sign_ins.OpenedSession, back: str, device: str = "", logout: str = ""
) -> ResponseReturnValue:
    """
    Open a session: new secret, new form token; families are sent to their own portal.

    `device` is what identity will know this browser by, where it did not before. `logout` is the
    page that ends the session elsewhere; where the same agent begins anew, it stays what it was.
    """
    if answer.kind != "agent":
        _end_at_identity(answer.session)
        form = Form(errors={"login": _("Ce compte n’est pas celui d’un agent de ce service.")})
        return password_page(form), 422
    sessions = agent.desk_here().sessions
    former = sessions.find(cookies.read(agent.COOKIE), now())
    if former is not None:
        sessions.end(former.secret)
        logout = logout or (former.logout if former.subject == answer.subject else "")
    secret = sessions.start(answer, now(), _desks_of_agent(answer.token), logout)
    csrf.renew_token()
    response = make_response(redirect(back, 303))
    cookies.write(response, agent.COOKIE, secret)
    cookies.forget(response, DOOR)
    known_devices.keep_device_secret(response, device)
    return response


def _desks_of_agent(token: str) -> list[str]:
    """Return where the agent may go on to; nowhere, where identity does not say so soon."""
    try:
        answer = agent.bus().ask(
            desk_passing.my_desks, Empty(), token=token, deadline=MY_DESKS_SECONDS
        )
    except Refusal:
        return []
    return answer.desks


def _end_at_identity(session: str) -> None:
    try:
        ending = sign_ins.SessionRequest(session)
        agent.bus().ask(sign_ins.sign_out, ending, deadline=SIGN_OUT_SECONDS)
    except Refusal:
        pass  # it ends there by itself within the hour


def refusal_sentence(refusal: Refusal) -> str:
    """Say why not; a wrong login and a wrong password read alike."""
    if isinstance(refusal, sign_ins.TooManyTries):
        return sign_in_sentences.delay_sentence(int(refusal.detail.get("wait_seconds", 60)))
    if isinstance(refusal, sign_ins.WrongCredentials | BadRequest):
        return _("Cet identifiant et ce mot de passe ne vont pas ensemble. Vérifiez les deux.")
    if isinstance(refusal, NotEntitled) and refusal.detail.get("reason") == "unused_account":
        return _("Ce compte n’a pas servi depuis longtemps : votre administrateur peut le rouvrir.")
    if isinstance(refusal, NotEntitled):
        return _("Vous n’avez pas de droit ici aujourd’hui : votre administrateur peut en donner.")
    raise refusal


def password_page(form: Form, silent: bool = False, waits: tuple[int, str] | None = None) -> str:
    """Return the page of the first step."""
    form.labels = {"login": _("Identifiant"), "password": _("Mot de passe")}
    return render_template(
        "desk/sign_in.html",
        form=form,
        silent=silent,
        waits=waits,
        back=_path_after_sign_in(),
        ended=request.args.get("etat") == "fin",
    )


def _code_page(form: Form, silent: bool = False) -> str:
    form.labels = {"code": _("Code")}
    return render_template("desk/code.html", form=form, silent=silent, back=_path_after_sign_in())


def _path_after_sign_in() -> str:
    return local_path_or_first_page(request.values.get("retour") or url_for(shell_here().home))
