"""One's own e-mail address: another one is asked for, proven by its code, or refused."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.pages.account.access.views import sign_in
from services.portal_gateway.session import current_user
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.errors import NoAnswer, Unavailable
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account import email as own_email
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.message import Empty
from shared.web.base import sign_in_limits
from shared.web.forms import email_change
from shared.web.forms.form_data import Form

blueprint = Blueprint("own_email", __name__)

PAGE = "/compte/e-mail"
LONGEST_KEY = 100


@blueprint.get(PAGE)
@require_recent_proof
def show() -> str:
    """Show the address, and the form of another one or of the code that was sent to it."""
    return _page(email_change.empty_form())


@blueprint.post(PAGE)
@require_recent_proof
@sign_in_limits.by_device
def ask() -> ResponseReturnValue:
    """Have a code sent to another address; the answer is the same for every address."""
    try:
        form = email_change.read_email_form(_own_access().email)
        if form.errors:
            return _page(form), 422
        current_user.ask(own_email.ask_email, own_email.AskEmailRequest(form.value("email")))
    except (NoAnswer, Unavailable):
        return _page(email_change.empty_form(), away=True), 503
    except sign_ins.TooManyTries:
        form.errors = {"email": email_change.asked_too_often_sentence()}
        return _page(form), 422
    return redirect(url_for("own_email.show"), 303)


@blueprint.post(f"{PAGE}/code")
@require_recent_proof
@sign_in_limits.by_device
def prove() -> ResponseReturnValue:
    """Let the address serve from now on; what is open elsewhere ends."""
    form = email_change.read_code_form()
    if form.errors:
        return _page(form), 422
    session = current_user.session_with_token().identity_session
    try:
        answer = current_user.ask(
            own_email.prove_email, own_email.ProveEmailRequest(session, form.value("code"))
        )
    except (NoAnswer, Unavailable):
        return _page(form, away=True), 503
    except own_email.EmailCodeUnknown:
        form.errors = {"code": email_change.unknown_code_sentence()}
        return _page(form), 422
    response = sign_in.start_session(answer, url_for("own_access.show"))
    flash("email_changed")
    return response


@blueprint.post(f"{PAGE}/renoncer")
@require_recent_proof
def drop() -> ResponseReturnValue:
    """Give up the address that was asked for."""
    try:
        current_user.ask(own_email.drop_email, Empty())
    except (NoAnswer, Unavailable):
        return _page(email_change.empty_form(), away=True), 503
    return redirect(url_for("own_access.show"), 303)


@blueprint.get("/adresse-refusee/<key>")
def show_refusal(key: str) -> str:
    """Show to who got a letter what « it was not me » does; opening the link changes nothing."""
    return render_template("portal/email_refusal.html", key=key, state="asks")


@blueprint.post("/adresse-refusee/<key>")
@sign_in_limits.by_address
def refuse(key: str) -> ResponseReturnValue:
    """Stop the change; a family goes on to choose another password."""
    try:
        refusing = own_email.RefuseEmailRequest(key[:LONGEST_KEY])
        answer = current_user.bus().ask(own_email.refuse_email, refusing)
    except (NoAnswer, Unavailable):
        return render_template("portal/email_refusal.html", key=key, state="away"), 503
    except own_email.EmailCodeUnknown:
        return render_template("portal/email_refusal.html", key=key, state="over"), 404
    if answer.code:
        flash("email_refused")
        return redirect(url_for("sign_in.show_activation", code=answer.code), 303)
    return render_template("portal/email_refusal.html", key=key, state="stopped")


def _own_access() -> own_access.OwnAccessAnswer:
    asking = sign_ins.SessionRequest(current_user.session_with_token().identity_session)
    return current_user.ask(own_access.my_access, asking)


def _page(form: Form, away: bool = False) -> str:
    known: own_access.OwnAccessAnswer | None = None
    if not away:
        try:
            known = _own_access()
        except (NoAnswer, Unavailable):
            away = True
    return render_template("portal/own_email.html", form=form, known=known, away=away)
