"""Doubtful amounts: one that seems to have lost its comma is asked for once more."""

from shared.web.forms.form_data import Form

CONFIRMED, TO_CONFIRM = "that_much", "ask_much"
"""The tick that confirms an amount in cents, and what `forms.that_much` shows it for."""
RARE_QUOTIENT_CENTS = 500_000
"""A quotient from which one is asked for again: grids end far below."""


def ask_again_unless_confirmed(form: Form, field: str, cents: int, sentence: str) -> None:
    """
    Say a sentence at the field of an amount, unless this very amount was confirmed.

    The tick is on the page in any case: one that comes back for something else keeps it.
    """
    form.values[TO_CONFIRM] = str(cents)
    if form.value(CONFIRMED) != str(cents):
        form.errors[field] = sentence
