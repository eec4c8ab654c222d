"""The terms of a tariff as a form has them: what it prices, by what, for whom."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _

from services.enrolment.desk.offer.tariffs.labels import (
    PER,
    UNITS,
    activity_choices,
    day_as_form_value,
)
from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.offer.tariffs.rules.terms import ChangedTerms, Terms
from shared.contracts.enrolment.tariffs import (
    BY_SESSION,
    CHILD,
    CHILDCARE,
    FOOD,
    MINUTES,
    OTHER,
    TERM,
    Duration,
    Period,
    Tariff,
)
from shared.register.entitlement import CANTEEN, MEAL, SCHOOL
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

PERIODS = "periods"

_MOST = {"unit_minutes": 600, "free_minutes": 240, "most_units": 100}


def label_fields(form: Form) -> dict[str, str]:
    """Name each field of a tariff's terms for the list of mistakes."""
    named = {
        "activity": _("Activité"),
        "label": _("Nom du tarif"),
        "unit": _("Facturer"),
        "per": _("Dû"),
        "unit_minutes": _("Minutes d’une tranche"),
        "free_minutes": _("Minutes offertes"),
        "most_units": _("Tranches au plus"),
        PERIODS: _("Périodes"),
    }
    for nth, at in enumerate(form.rows(PERIODS), start=1):
        period = _("Période %(nth)d", nth=nth)
        named |= {f"{PERIODS}-{at}-{name}": period for name in ("label", "first", "last")}
    return named


def check_start_of_new_tariff(form: Form) -> None:
    """Say what is lacking before a grid can be written: the activity, a name, the unit."""
    if form.value("activity") not in dict(activity_choices()):
        form.errors["activity"] = _("Choisissez une activité.")
    if not form.value("label"):
        form.errors["label"] = _("Écrivez le nom du tarif.")
    if form.value("unit") not in UNITS:
        form.errors["unit"] = _("Choisissez une réponse.")


def read_changeable_terms(form: Form, unit: str) -> ChangedTerms:
    """Return what may change: label, duration, periods; put mistakes into the form."""
    values: ChangedTerms = {"label": form.value("label")[:120], "duration": None, "periods": []}
    if not values["label"]:
        form.errors["label"] = _("Écrivez le nom du tarif.")
    if unit == MINUTES:
        values["duration"] = _read_duration(form)
    if unit == TERM:
        values["periods"] = [_read_period(form, f"{PERIODS}-{at}") for at in form.rows(PERIODS)]
        if not values["periods"]:
            form.errors[PERIODS] = _("Ajoutez au moins une période.")
    return values


def read_new_terms(form: Form, residences: list[str], variants: list[str]) -> Terms:
    """Return the terms of a new tariff, which `check_start_of_new_tariff` has seen."""
    unit = form.value("unit")
    per = form.value("per") if unit not in BY_SESSION else CHILD
    if per not in PER:
        form.errors["per"] = _("Choisissez une réponse.")
    return {
        **read_changeable_terms(form, unit),
        "activity": form.value("activity"),
        "unit": unit,
        "per": per,
        "residences": residences,
        "variants": variants,
    }


def make_terms_form(content: Tariff) -> Form:
    """Return the form of what may change."""
    values: dict[str, object] = {"label": content["label"]}
    if content["duration"]:
        duration: Mapping[str, object] = content["duration"]
        values |= {name: str(duration[name] or "") for name in _MOST}
    for at, period in enumerate(content["periods"]):
        values[f"{PERIODS}-{at}-label"] = period["label"]
        values[f"{PERIODS}-{at}-first"] = day_as_form_value(period["first"])
        values[f"{PERIODS}-{at}-last"] = day_as_form_value(period["last"])
    return Form(values)


def usual_tax_category(activity: str) -> str:
    """Return the tax category that most activities of that regime have."""
    provider = shell_here().registered_provider()
    known = provider.activities if provider else ()
    of_provider = next((other for other in known if other.code == activity), None)
    if of_provider is None:
        return OTHER
    if of_provider.regime == CANTEEN or MEAL in of_provider.tags:
        return FOOD
    return CHILDCARE if of_provider.regime == SCHOOL else OTHER


def _read_duration(form: Form) -> Duration:
    read = {name: read_number(form.value(name), most) for name, most in _MOST.items()}
    if not read["unit_minutes"]:
        form.errors["unit_minutes"] = _("Écrivez un nombre de minutes, par exemple 30.")
    for name in ("free_minutes", "most_units"):
        if form.value(name) and read[name] is None:
            form.errors[name] = _("Écrivez un nombre entier, ou rien.")
    return {
        "unit_minutes": read["unit_minutes"] or 0,
        "free_minutes": read["free_minutes"] or 0,
        "most_units": read["most_units"] or None,
    }


def _read_period(form: Form, name: str) -> Period:
    first, last = (read_day(form.value(f"{name}-{end}")) for end in ("first", "last"))
    if not form.value(f"{name}-label"):
        form.errors[f"{name}-label"] = _("Écrivez le nom de la période.")
    for end, value in (("first", first), ("last", last)):
        if value is None:
            form.errors[f"{name}-{end}"] = _("Écrivez une date, par exemple 01/09/2026.")
    if first and last and last < first:
        form.errors[f"{name}-last"] = _("Cette date vient après l’autre.")
    return {
        "label": form.value(f"{name}-label")[:40],
        "first": first or date.min,
        "last": last or date.max,
    }
