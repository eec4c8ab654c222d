"""A forgotten password: asked for with equal answers for every login."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.session import current_user
from shared.contracts.errors import NoAnswer, Unavailable
from shared.contracts.identity import invitations
from shared.web.base import sign_in_limits
from shared.web.forms.form_data import Form
from shared.web.session import known_devices
from shared.web.session.client_address import digest_of_network

blueprint = Blueprint("forgotten", __name__)


@blueprint.get("/mot-de-passe-oublie")
def show() -> str:
    """Ask for the login."""
    return _page(Form({"login": request.args.get("identifiant", "")}))


@blueprint.post("/mot-de-passe-oublie")
@sign_in_limits.by_address
@sign_in_limits.by_login
def ask() -> ResponseReturnValue:
    """Say that a letter leaves if there is an account; never whether there is one."""
    form = Form({"login": request.form.get("login", "").strip()[:254]})
    if not form.value("login"):
        form.errors = {"login": _("Écrivez votre identifiant.")}
        return _page(form), 422
    try:
        forgotten = invitations.ForgottenPasswordRequest(
            form.value("login"), digest_of_network(), known_devices.device_secrets()
        )
        answer = current_user.bus().ask(invitations.forgotten_password, forgotten)
    except (NoAnswer, Unavailable):
        return _page(form, unavailable=True), 503
    flash("away" if answer.mail_is_away else "", "forgotten")
    return redirect(url_for("forgotten.show"), 303)


def _page(form: Form, unavailable: bool = False) -> str:
    form.labels = {"login": _("Identifiant")}
    return render_template("portal/forgotten.html", form=form, unavailable=unavailable)
