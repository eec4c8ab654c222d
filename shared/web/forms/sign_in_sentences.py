"""Sentences about a sign-in that is not taken, for pages of families and of agents."""

from flask_babel import gettext as _
from flask_babel import ngettext

from shared.web.forms.form_data import Form


def missing_fields(form: Form, password: str) -> dict[str, str]:
    """Return what is still to be typed, by field."""
    errors = {}
    if not form.value("login"):
        errors["login"] = _("Écrivez votre identifiant.")
    if not password:
        errors["password"] = _("Écrivez votre mot de passe.")
    return errors


def delay_sentence(seconds: int) -> str:
    """Say the soft delay: the account is not locked, it answers more slowly."""
    if seconds < 90:
        return ngettext(
            "Trop d’essais. Attendez %(num)d seconde, puis essayez de nouveau.",
            "Trop d’essais. Attendez %(num)d secondes, puis essayez de nouveau.",
            max(1, seconds),
        )
    return ngettext(
        "Trop d’essais. Attendez %(num)d minute, puis essayez de nouveau.",
        "Trop d’essais. Attendez %(num)d minutes, puis essayez de nouveau.",
        -(-seconds // 60),
    )
