"""The part of a form that says whose days those of a child of two homes are."""

from collections.abc import Sequence

from flask import request
from flask_babel import gettext as _

from shared.contracts.dossier.two_home_weeks import ChildWeeks
from shared.dates.two_home_weeks import EVENING, FORTNIGHTS, FRIDAY, HALVES
from shared.web.forms.form_data import Form
from shared.web.language.translated_labels import Label
from shared.web.language.two_home_weeks import MOMENTS
from shared.web.language.weekdays import WEEKDAYS

FIELDS = ("even", "changes_on", "changes_at", "school_days", "holidays", "summer")
IN_TURN = "in_turn"
"""Choice for school days and for holidays: as the weeks have them."""

Choices = Sequence[tuple[str, Label]]


def week_field_values(weeks: ChildWeeks | None) -> dict[str, str]:
    """Return the values of these fields: as the weeks are, or as they mostly are."""
    if weeks is None:
        return {
            "changes_on": str(FRIDAY),
            "changes_at": EVENING,
            "school_days": IN_TURN,
            "holidays": IN_TURN,
            "summer": HALVES,
        }
    return {
        "even": weeks["even"],
        "changes_on": str(weeks["changes_on"]),
        "changes_at": weeks["changes_at"],
        "school_days": weeks["school_days"] or IN_TURN,
        "holidays": weeks["holidays"] or IN_TURN,
        "summer": weeks["summer"],
    }


def add_week_fields(form: Form) -> None:
    """Add to a form the fields that were sent."""
    form.values |= {name: request.form.get(name, "").strip() for name in FIELDS}


def check_week_fields(form: Form, homes: Choices) -> None:
    """Add what is wrong with these fields."""
    choices = choices_of_week_fields(homes)
    for name in FIELDS:
        if form.value(name) not in [value for value, _label in choices[name]]:
            form.errors[name] = _("Choisissez une réponse.")


def weeks_of_form(form: Form, homes: Choices) -> ChildWeeks:
    """Return the weeks of a form without mistakes; the other of the two homes has the others."""
    even = form.value("even")
    return {
        "even": even,
        "odd": next(home for home, _label in homes if home != even),
        "changes_on": int(form.value("changes_on")),
        "changes_at": form.value("changes_at"),
        "school_days": _home_said_in_field(form, "school_days"),
        "holidays": _home_said_in_field(form, "holidays"),
        "summer": form.value("summer"),
    }


def choices_of_week_fields(homes: Choices) -> dict[str, Choices]:
    """Return the choices of each field; `homes` are two, with how each is called."""
    return {
        "even": homes,
        "changes_on": [(str(number), name) for number, name in WEEKDAYS.items()],
        "changes_at": list(MOMENTS.items()),
        "school_days": [(IN_TURN, _("comme les semaines")), *homes],
        "holidays": [(IN_TURN, _("pas de partage : les semaines continuent")), *homes],
        "summer": [(HALVES, _("par moitiés")), (FORTNIGHTS, _("par quinzaines"))],
    }


def labels_of_week_fields() -> dict[str, str]:
    """Return how each field is called, on the page and in the summary of mistakes."""
    return {
        "even": _("Foyer des semaines paires"),
        "changes_on": _("L’enfant change de foyer le"),
        "changes_at": _("À quel moment"),
        "school_days": _("Du lundi au vendredi"),
        "holidays": _("Première moitié des vacances, les années paires"),
        "summer": _("L’été"),
    }


def _home_said_in_field(form: Form, name: str) -> str | None:
    return None if form.value(name) == IN_TURN else form.value(name)
