"""The forms of an activity and of a group: from the row to the fields, and back with sentences."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import gettext as _

from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.page_parts.parsing import (
    moment_as_day_and_hour,
    moment_in_paris,
    read_hour,
    read_number,
)
from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import DRAFT, RUNS_IN
from services.enrolment.offer.rules.calendar import school_year_days
from services.enrolment.offer.rules.deadlines import MOST_DAYS, Cutoff
from shared.contracts.enrolment.place_conditions import (
    CARRIED_BY,
    CLASS,
    COMMUNE,
    GRADE,
    KINDS,
    MOST_CHOICES,
    SCHOOL,
)
from shared.contracts.enrolment.places.published_offer import ALLOCATIONS, BOOKINGS
from shared.text import folded
from shared.web.forms.form_data import Form, flat_values
from shared.web.forms.parsing import read_day

MOST_CRITERIA = 12
MOST_POINTS, MOST_ANSWER_DAYS, MOST_PLACES = 1000, 60, 5000
FIXED = ("code", "school_year", "booking", "allocation")
"""Fields fixed since the activity was opened: families read them, and places hang on them."""

CONDITIONS = (SCHOOL, GRADE, COMMUNE)
"""Conditions of which several choices are ticked; classes, and other schools, are written."""
_WRITTEN = {SCHOOL: "school_other", CLASS: CLASS}

MOST_NAME = 120
_TEXTS = ("label", "site")
_CUTOFFS = ("book", "cancel")

Values = dict[str, Any]


def activity_form(activity: Activity) -> Form:
    """Return the form of an activity as it is."""
    values = {name: getattr(activity, name) for name in (*FIXED, *_TEXTS, "description")}
    values["opens_day"], values["opens_hour"] = moment_as_day_and_hour(activity.opens_at)
    if activity.closes_at:
        values["closes_day"], values["closes_hour"] = moment_as_day_and_hour(activity.closes_at)
    for name in _CUTOFFS:
        cutoff = Cutoff.parse(getattr(activity, f"{name}_before"))
        values |= {f"{name}_days": str(cutoff.days), f"{name}_hour": f"{cutoff.at:%H:%M}"}
    values["answer_days"] = str(activity.answer_days)
    values |= _form_fields_of_conditions(activity.conditions)
    return Form(values | flat_values(activity.criteria, "criteria"))


def fresh_activity_form(school_year: str, first_day: str) -> Form:
    """Return the form of an activity to come, with what most of them have."""
    return Form(
        {
            "school_year": school_year,
            "booking": BOOKINGS[0],
            "allocation": ALLOCATIONS[0],
            "opens_day": first_day,
            "opens_hour": "08:00",
            "book_days": "1",
            "book_hour": "18:00",
            "cancel_days": "1",
            "cancel_hour": "18:00",
            "answer_days": "3",
        }
    )


def read_activity_form(
    form: Form, activity: Activity | None, codes: Collection[str], entitled: Collection[str]
) -> Values:
    """Return what the form says of an activity, and put its mistakes into the form."""
    values: Values = {"description": form.value("description")[:500]}
    _read_names_and_texts(form, values)
    _read_what_drafts_choose(form, values, activity, codes)
    _read_application_window(form, values)
    for name in _CUTOFFS:
        values[f"{name}_before"] = _read_cutoff(form, name)
    values["answer_days"] = read_number(form.value("answer_days"), MOST_ANSWER_DAYS)
    if not values["answer_days"]:
        form.errors["answer_days"] = _("Écrivez un nombre de jours, de 1 à 60.")
    values["criteria"] = _read_criteria(form)
    values["conditions"] = _read_conditions(form, entitled)
    return values


def group_form(group: Group) -> Form:
    """Return the form of a group as it is."""
    names = (*_TEXTS, "places", "born_from", "born_to", "starts", "ends", "first_day", "last_day")
    values = {name: getattr(group, name) for name in names} | {"runs_in": group.runs_in}
    more = {"weekdays": list(group.weekdays), **_form_fields_of_conditions(group.conditions)}
    return Form(flat_values(values) | more)


def fresh_group_form(school_year: str) -> Form:
    """Return the form of a group to come: over the whole school year."""
    first, last = school_year_days(school_year)
    days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    return Form(days | {"runs_in": RUNS_IN[0], "weekdays": []})


def read_group_form(form: Form, entitled: Collection[str]) -> Values:
    """Return what the form says of a group, and put its mistakes into the form."""
    values: Values = {name: form.value(name)[:MOST_NAME] for name in (*_TEXTS, "runs_in")}
    if not values["label"]:
        form.errors["label"] = _("Écrivez le nom du groupe.")
    values["places"] = read_number(form.value("places"), MOST_PLACES)
    if form.value("places") and values["places"] is None:
        form.errors["places"] = _("Écrivez un nombre entier, ou rien s’il n’y a pas de limite.")
    chosen = form.values.get("weekdays") or []
    values["weekdays"] = "".join(digit for digit, _name in offer_labels.WEEKDAYS if digit in chosen)
    if not values["weekdays"]:
        form.errors["weekdays"] = _("Choisissez au moins un jour.")
    if values["runs_in"] not in RUNS_IN:
        form.errors["runs_in"] = _("Choisissez une période.")
    _read_hours(form, values)
    _read_days(form, values, ("first_day", "last_day"), needed=True)
    _read_days(form, values, ("born_from", "born_to"), needed=False)
    values["conditions"] = _read_conditions(form, entitled)
    return values


def _read_names_and_texts(form: Form, values: Values) -> None:
    for name in _TEXTS:
        values[name] = form.value(name)[:MOST_NAME]
    if not values["label"]:
        form.errors["label"] = _("Écrivez le nom de l’activité, comme les familles le liront.")
    if not values["site"]:
        form.errors["site"] = _("Écrivez où elle a lieu.")


def _read_what_drafts_choose(
    form: Form, values: Values, activity: Activity | None, codes: Collection[str]
) -> None:
    """Take what can be chosen in a draft only."""
    if activity is not None and activity.state != DRAFT:
        form.values |= {name: getattr(activity, name) for name in FIXED}
        return
    values |= {name: form.value(name) for name in FIXED}
    known = {"code": codes, "booking": BOOKINGS, "allocation": ALLOCATIONS}
    for name, choices in known.items():
        if values[name] not in choices:
            form.errors[name] = _("Choisissez une réponse.")
    try:
        school_year_days(values["school_year"])
    except ValueError:
        form.errors["school_year"] = _("Écrivez deux années qui se suivent, par exemple 2026-2027.")


def _read_application_window(form: Form, values: Values) -> None:
    for name, needed in (("opens", True), ("closes", False)):
        day, hour = read_day(form.value(f"{name}_day")), read_hour(form.value(f"{name}_hour"))
        values[f"{name}_at"] = moment_in_paris(day, hour) if day and hour else None
        if values[f"{name}_at"] is None and (needed or form.value(f"{name}_day")):
            form.errors[f"{name}_day"] = _("Écrivez un jour et une heure.")
    opens, closes = values["opens_at"], values["closes_at"]
    if opens and closes and closes <= opens:
        form.errors["closes_day"] = _("La clôture vient après l’ouverture.")
    if values.get("allocation", ALLOCATIONS[0]) != ALLOCATIONS[0] and closes is None:
        form.errors.setdefault("closes_day", _("Écrivez jusqu’à quand les demandes sont reçues."))


def _read_cutoff(form: Form, name: str) -> str:
    days = read_number(form.value(f"{name}_days"), MOST_DAYS)
    hour = read_hour(form.value(f"{name}_hour"))
    if days is None:
        form.errors[f"{name}_days"] = _("Choisissez un jour.")
    if hour is None:
        form.errors[f"{name}_hour"] = _("Écrivez une heure, par exemple 18:00.")
    return str(Cutoff(days, hour)) if days is not None and hour is not None else ""


def _read_criteria(form: Form) -> list[Values]:
    lines: list[Values] = []
    for at in form.rows("criteria"):
        label = form.value(f"criteria-{at}-label")
        points = read_number(form.value(f"criteria-{at}-points"), MOST_POINTS)
        if label and points is None:
            form.errors[f"criteria-{at}-points"] = _("Écrivez un nombre de points.")
        if label:
            code = form.value(f"criteria-{at}-code") or code_for_label(
                label, {line["code"] for line in lines}
            )
            lines.append({"code": code, "label": label[:120], "points": points or 0})
    return lines[:MOST_CRITERIA]


def code_for_label(label: str, taken: Collection[str]) -> str:
    """Return a code for a label, other than those that are taken."""
    code = re.sub(r"[^a-z0-9]+", "_", folded(label)).strip("_")[:34] or "criterion"
    return next(number for number in _code_with_numbers(code) if number not in taken)


def _code_with_numbers(code: str) -> list[str]:
    return [code, *(f"{code}_{number}" for number in range(2, MOST_CRITERIA + 2))]


def _form_fields_of_conditions(stated: Mapping[str, Collection[str]]) -> Values:
    """Return the fields of conditions as they stand; classes one on a line."""
    ticked = {kind: list(stated.get(kind, ())) for kind in CONDITIONS}
    return ticked | {CLASS: "\n".join(stated.get(CLASS, ()))}


def _read_conditions(form: Form, entitled: Collection[str]) -> dict[str, list[str]]:
    """
    Return the conditions of the form, those that ask something.

    One that needs what the provider may not receive is refused, with what is lacking.
    """
    stated = {}
    for kind in KINDS:
        ticked = form.values.get(kind) if kind in CONDITIONS else ()
        lines = form.value(_WRITTEN[kind]).splitlines() if kind in _WRITTEN else ()
        names = [each.strip()[:120] for each in (*(ticked or ()), *lines)]
        if chosen := list(dict.fromkeys(each for each in names if each))[:MOST_CHOICES]:
            stated[kind] = chosen
        if chosen and CARRIED_BY[kind] not in entitled:
            form.errors[kind] = offer_labels.not_entitled(CARRIED_BY[kind])
    return stated


def _read_hours(form: Form, values: Values) -> None:
    for name in ("starts", "ends"):
        hour = read_hour(form.value(name))
        if hour is None:
            form.errors[name] = _("Écrivez une heure, par exemple 16:30.")
        values[name] = f"{hour:%H:%M}" if hour else ""
    if values["starts"] and values["ends"] and values["ends"] <= values["starts"]:
        form.errors["ends"] = _("La fin vient après le début.")


def _read_days(form: Form, values: Values, names: tuple[str, str], *, needed: bool) -> None:
    for name in names:
        values[name] = read_day(form.value(name))
        if values[name] is None and (needed or form.value(name)):
            form.errors[name] = _("Écrivez une date, par exemple 01/09/2026.")
    first, last = (values[name] for name in names)
    if first and last and last < first:
        form.errors[names[1]] = _("Cette date vient après l’autre.")


def make_form_of_sent(sent: Mapping[str, list[str]], several: Collection[str] = ()) -> Form:
    """Return what a browser sent as a form; `several` are choices of more than one."""
    values: Values = {name: value[0].strip() for name, value in sent.items() if name not in several}
    return Form(values | {name: list(sent.get(name, ())) for name in several})
