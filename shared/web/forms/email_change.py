"""Forms of a change of e-mail address and of its code, for pages of families and of agents."""

import re

from flask import request
from flask_babel import gettext as _

from shared.contracts.values import EMAIL_SHAPE
from shared.web.forms.form_data import Form

LONGEST_EMAIL, LONGEST_CODE = 254, 60


def empty_form() -> Form:
    """Return both forms of the page as it shows them first."""
    return Form(labels={"email": _("Nouvelle adresse"), "code": _("Code reçu")})


def read_email_form(present: str) -> Form:
    """Return the form with the address as it was typed, and what is wrong with it."""
    form = empty_form()
    email = request.form.get("email", "").strip()[:LONGEST_EMAIL]
    form.values["email"] = email
    if not re.fullmatch(EMAIL_SHAPE, email):
        form.errors["email"] = _("Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr.")
    elif email.casefold() == present.casefold():
        form.errors["email"] = _("C’est déjà votre adresse.")
    return form


def read_code_form() -> Form:
    """Return the form with the code as it was typed, and whether it is missing."""
    form = empty_form()
    form.values["code"] = request.form.get("code", "").strip()[:LONGEST_CODE]
    if not form.value("code"):
        form.errors["code"] = _("Écrivez le code reçu à la nouvelle adresse.")
    return form


def unknown_code_sentence() -> str:
    """Return why a code is not taken, and what to do."""
    return _("Ce code ne convient pas, ou ne sert plus. Vérifiez-le, ou demandez-en un autre.")


def asked_too_often_sentence() -> str:
    """Return why no more letters leave today."""
    return _("Vous avez déjà demandé plusieurs changements aujourd’hui. Revenez demain.")
