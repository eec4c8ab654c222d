"""An agent's own access: another password, and the end of sessions on other devices."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.web.agents import current_agent as agent
from shared.web.agents.views import sign_in
from shared.web.base import sign_in_limits
from shared.web.forms import password_change
from shared.web.forms.form_data import Form

blueprint = Blueprint("own_access", __name__)


@blueprint.get("/compte/acces")
@agent.for_signed_in_agents
def show() -> str:
    """Show the login, the open sessions, and the form of another password."""
    return _page(password_change.empty_form())


@blueprint.post("/compte/acces/mot-de-passe")
@agent.for_signed_in_agents
@sign_in_limits.by_device
def change_password() -> ResponseReturnValue:
    """Change the password; what is open elsewhere ends, at other desks too."""
    asked, form = password_change.read_form()
    if form.errors:
        return _page(form), 422
    try:
        answer = agent.ask(own_access.change_password, asked)
    except (NoAnswer, Unavailable):
        return _page(form, away=True), 503
    except sign_ins.TooManyTries as refusal:
        form.errors = {"former": sign_in.refusal_sentence(refusal)}
        return _page(form), 422
    except Refusal as refusal:
        form.errors = password_change.refusal_sentences(refusal)
        return _page(form), 422
    return _begin_new_session(answer, "password_changed")


@blueprint.post("/compte/acces/appareils")
@agent.for_signed_in_agents
def end_other_sessions() -> ResponseReturnValue:
    """Sign out every other device, at other desks too."""
    try:
        asking = sign_ins.SessionRequest(agent.require_agent().session.identity_session)
        answer = agent.ask(own_access.end_other_sessions, asking)
    except (NoAnswer, Unavailable):
        return _page(password_change.empty_form(), away=True), 503
    return _begin_new_session(answer, "others_ended")


def _begin_new_session(answer: sign_ins.SignInAnswer, done: str) -> ResponseReturnValue:
    response = sign_in.begin_session(answer, url_for("own_access.show"), answer.device)
    flash(done)
    return response


def _page(form: Form, away: bool = False) -> str:
    known: own_access.OwnAccessAnswer | None = None
    if not away:  # who has just not answered is not waited for once more
        try:
            session = agent.require_agent().session
            asking = sign_ins.SessionRequest(session.identity_session)
            known = agent.ask(own_access.my_access, asking)
        except (NoAnswer, Unavailable):
            away = True
    return render_template("desk/own_access.html", form=form, known=known, away=away)
