"""The paper that an agent has seen, and the days that it names, as forms of hard lives ask them."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_day

PAPERS = (
    "jugement",
    "ordonnance de protection",
    "plainte",
    "décision de placement",
    "attestation d’un service social",
)
CHOICES = [(paper_fields, paper_fields) for paper_fields in PAPERS]


def parse_fields(*names: str) -> Form:
    """Return these fields of the form that was sent."""
    return Form({name: request.form.get(name, "").strip() for name in names})


def is_sure() -> bool:
    """
    Say whether the confirmation is ticked; ending a protection, placement or record hold needs it.
    """
    return request.form.get("sure") == "yes"


def check_paper(form: Form) -> None:
    """Add what is wrong with the paper, its date and the tick that confirms it."""
    if form.value("paper") not in PAPERS:
        form.errors["paper"] = _("Choisissez le document que vous avez vu.")
    check_day(form, "paper_date")
    if form.value("sure") != "yes":
        form.errors["sure"] = _("Cochez cette case pour confirmer.")


def check_days(form: Form) -> None:
    """Add what is wrong with the first day and, where there is one, the last."""
    check_day(form, "valid_from")
    if form.value("valid_to"):
        check_day(form, "valid_to")


def check_day(form: Form, name: str) -> None:
    """Add what is wrong with a day that has to be there."""
    if read_day(form.value(name)) is None:
        form.errors[name] = _("Écrivez une date, par exemple 03/05/2026.")


def paper_fields(form: Form) -> dict[str, Any]:
    """Return the paper as the dossier's requests take it."""
    return {"paper": form.value("paper"), "paper_date": read_day(form.value("paper_date"))}


def field_labels() -> dict[str, str]:
    """Return how the summary of mistakes names these fields."""
    return {
        "paper": _("Document vu"),
        "paper_date": _("Date du document"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
        "sure": _("Confirmation"),
    }
