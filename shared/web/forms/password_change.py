"""Form of a change of password, for pages of families and of agents."""

from flask import request
from flask_babel import gettext as _

from shared.contracts.errors import Refusal
from shared.contracts.identity.accounts import MOST_PASSWORD, WeakPassword
from shared.contracts.identity.own_account.password_and_sessions import ChangePasswordRequest
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.web.forms.form_data import Form
from shared.web.session import known_devices
from shared.web.session.client_address import address_digest


def empty_form() -> Form:
    """Return the form as a page shows it first."""
    labels = {"former": _("Mot de passe actuel"), "password": _("Nouveau mot de passe")}
    return Form(labels=labels)


def read_form() -> tuple[ChangePasswordRequest, Form]:
    """Return what to ask of identity, and the form with what is missing in it."""
    former, password = (
        request.form.get(name, "")[:MOST_PASSWORD] for name in ("former", "password")
    )
    form = empty_form()
    if not former:
        form.errors["former"] = _("Écrivez votre mot de passe actuel.")
    if not password:
        form.errors["password"] = _("Choisissez un mot de passe.")
    elif password == former:
        form.errors["password"] = _("Choisissez un autre mot de passe que l’actuel.")
    asked = ChangePasswordRequest(
        former=former,
        password=password,
        address=address_digest(),
        devices=known_devices.device_secrets(),
    )
    return asked, form


def refusal_sentences(refusal: Refusal) -> dict[str, str]:
    """Return why a change is refused, by field; raises the refusal where it is none of a form."""
    if isinstance(refusal, WeakPassword):
        return {"password": weak_password_sentence(refusal)}
    if isinstance(refusal, WrongCredentials):
        return {"former": _("Ce n’est pas votre mot de passe actuel. Vérifiez les majuscules.")}
    raise refusal


def weak_password_sentence(refusal: WeakPassword) -> str:
    """Return why a password is not taken, and what to do."""
    return _(
        "Ce mot de passe est trop court ou facile à deviner : prenez au moins %(least)s "
        "caractères, par exemple quatre mots sans rapport entre eux.",
        least=refusal.detail["least"],
    )
