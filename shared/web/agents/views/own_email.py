"""An agent's own e-mail address: another one is asked for, and proven by its code."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shared.contracts.errors import NoAnswer, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.identity.accounts import MOST_PASSWORD
from shared.contracts.identity.own_account import email as own_email
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.message import Empty
from shared.web.agents import current_agent as agent
from shared.web.agents.views import sign_in
from shared.web.base import sign_in_limits
from shared.web.forms import email_change
from shared.web.forms.form_data import Form
from shared.web.session import known_devices
from shared.web.session.client_address import address_digest

blueprint = Blueprint("own_email", __name__)

PAGE = "/compte/e-mail"


@blueprint.get(PAGE)
@agent.for_signed_in_agents
def show() -> str:
    """Show the address, and the form of another one or of the code that was sent to it."""
    return _page(_empty_form())


@blueprint.post(PAGE)
@agent.for_signed_in_agents
@sign_in_limits.by_device
def ask() -> ResponseReturnValue:
    """Have a code sent to another address, with the password given again."""
    try:
        form = email_change.read_email_form(_own_access().email)
        form.labels["password"] = _("Mot de passe actuel")
        mistake = "" if form.errors else password_mistake()
        if mistake:
            form.errors["password"] = mistake
        if form.errors:
            return _page(form), 422
        agent.ask(own_email.ask_email, own_email.AskEmailRequest(form.value("email")))
    except (NoAnswer, Unavailable):
        return _page(_empty_form(), away=True), 503
    except sign_ins.TooManyTries:
        form.errors = {"email": email_change.asked_too_often_sentence()}
        return _page(form), 422
    return redirect(url_for("own_email.show"), 303)


@blueprint.post(f"{PAGE}/code")
@agent.for_signed_in_agents
@sign_in_limits.by_device
def prove() -> ResponseReturnValue:
    """Let the address serve from now on; what is open elsewhere ends."""
    form = email_change.read_code_form()
    if form.errors:
        return _page(form), 422
    session = agent.require_agent().session.identity_session
    try:
        answer = agent.ask(
            own_email.prove_email, own_email.ProveEmailRequest(session, form.value("code"))
        )
    except (NoAnswer, Unavailable):
        return _page(form, away=True), 503
    except own_email.EmailCodeUnknown:
        form.errors = {"code": email_change.unknown_code_sentence()}
        return _page(form), 422
    response = sign_in.begin_session(answer, url_for("own_access.show"), answer.device)
    flash("email_changed")
    return response


@blueprint.post(f"{PAGE}/renoncer")
@agent.for_signed_in_agents
def drop() -> ResponseReturnValue:
    """Give up the address that was asked for."""
    try:
        agent.ask(own_email.drop_email, Empty())
    except (NoAnswer, Unavailable):
        return _page(_empty_form(), away=True), 503
    return redirect(url_for("own_access.show"), 303)


def _empty_form() -> Form:
    form = email_change.empty_form()
    form.labels["password"] = _("Mot de passe actuel")
    return form


def password_mistake() -> str:
    """Return why the password that was typed is not the agent's, "" where it is."""
    password = request.form.get("password", "")[:MOST_PASSWORD]
    if not password:
        return _("Écrivez votre mot de passe actuel.")
    asked = own_access.ProvePasswordRequest(
        password=password, address=address_digest(), devices=known_devices.device_secrets()
    )
    try:
        agent.ask(own_access.prove_password, asked)
    except sign_ins.TooManyTries as refusal:
        return sign_in.refusal_sentence(refusal)
    except sign_ins.WrongCredentials:
        return _("Ce n’est pas votre mot de passe. Vérifiez les majuscules.")
    return ""


def _own_access() -> own_access.OwnAccessAnswer:
    session = agent.require_agent().session
    return agent.ask(own_access.my_access, sign_ins.SessionRequest(session.identity_session))


def _page(form: Form, away: bool = False) -> str:
    known: own_access.OwnAccessAnswer | None = None
    if not away:
        try:
            known = _own_access()
        except (NoAnswer, Unavailable):
            away = True
    return render_template("desk/own_email.html", form=form, known=known, away=away)
