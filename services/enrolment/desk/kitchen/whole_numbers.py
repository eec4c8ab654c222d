"""Whole numbers of the kitchen's forms."""

from flask_babel import gettext as _

from shared.web.forms.form_data import Form

MOST_DIGITS = 12


def read_count(form: Form, name: str, most: int, empty: int | None = None) -> int:
    """
    Return a number as it was typed, `empty` where nothing was; a mistake is shown at its field.
    """
    written = form.value(name).replace(" ", "").replace("\u202f", "")
    if not written and empty is not None:
        return empty
    if not written.isdecimal() or len(written) > MOST_DIGITS or int(written) > most:
        form.errors[name] = _("Écrivez un nombre entier, sans unité.")
        return 0
    return int(written)
