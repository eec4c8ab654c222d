"""An invitation becomes an agent's account: an own password, and the key of the second factor."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shared.contracts.errors import BadRequest, NoAnswer, Refusal, Unavailable
from shared.contracts.identity import accounts, invitations
from shared.web.agents import current_agent as agent
from shared.web.base import sign_in_limits
from shared.web.forms import password_change
from shared.web.forms.form_data import Form
from shared.web.forms.totp_key import TotpKey
from shared.web.session import known_devices

blueprint = Blueprint("activation", __name__, url_prefix="/activation")


@blueprint.get("")
def show() -> str:
    """Show the page on which an invitation becomes an agent's account."""
    return _page(Form())


@blueprint.post("")
@sign_in_limits.by_address
def activate() -> ResponseReturnValue:
    """Choose a password with the code of the administrator; show the key of the second factor."""
    form = Form({"code": request.form.get("code", "").strip()})
    password = request.form.get("password", "")[: accounts.MOST_PASSWORD]
    form.errors = _mistakes(form, password)
    if form.errors:
        return _page(form), 422
    try:
        activating = invitations.ActivateRequest(form.value("code"), password)
        answer = agent.bus().ask(invitations.activate, activating)
    except (NoAnswer, Unavailable):
        return _page(form, silent=True), 503
    except invitations.AccountInUse:
        return _page(Form(), in_use=True), 422
    except Refusal as refusal:
        form.errors = _errors_of_refusal(refusal)
        return _page(form), 422
    key = TotpKey(answer.totp_uri)
    page = render_template("desk/activated.html", login=answer.login, key=key)
    response = make_response(page)
    known_devices.keep_device_secret(response, answer.device)
    return response


def _mistakes(form: Form, password: str) -> dict[str, str]:
    errors = {}
    if not form.value("code"):
        errors["code"] = _("Écrivez le code que l’on vous a remis.")
    if not password:
        errors["password"] = _("Choisissez un mot de passe.")
    elif password != request.form.get("again", ""):
        errors["again"] = _("Les deux mots de passe ne sont pas les mêmes.")
    return errors


def _errors_of_refusal(refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, accounts.WeakPassword):
        return {"password": password_change.weak_password_sentence(refusal)}
    if isinstance(refusal, invitations.InvitationUnknown | BadRequest):
        return {"code": _("Ce code n’est pas reconnu, a déjà servi ou a expiré. Vérifiez-le.")}
    raise refusal


def _page(form: Form, silent: bool = False, in_use: bool = False) -> str:
    form.labels = {"code": _("Code"), "password": _("Mot de passe"), "again": _("Encore une fois")}
    return render_template("desk/activation.html", form=form, silent=silent, in_use=in_use)
