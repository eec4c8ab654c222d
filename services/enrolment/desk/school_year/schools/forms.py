"""Forms of schools and classes: from the row to the fields, and back with sentences."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.models import School, SchoolClass
from services.enrolment.school_year.schools.commands.schools import ClassFields, SchoolFields
from services.enrolment.school_year.schools.rules.levels import LEVELS, levels_in_order
from services.enrolment.school_year.schools.rules.uai import read_uai
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

MOST_PLACES = 99
_SCHOOL = {"name": 120, "uai": 20, "street": 200, "postcode": 5, "insee": 5, "commune": 120}
_CLASS = {"name": 60, "teacher": 80, "places": 2}


def make_school_form(school: School | None) -> Form:
    """Return the form of a school as it is, or of a new one."""
    if school is None:
        return Form({})
    values: dict[str, Any] = {name: getattr(school, name) or "" for name in _SCHOOL}
    return Form(values | {"levels": school.levels.split(), "followed_by": school.followed_by or ""})


def make_class_form(row: SchoolClass | None) -> Form:
    """Return the form of a class as it is, or of a new one."""
    if row is None:
        return Form({})
    places = str(row.places or "")
    return Form(
        {"name": row.name, "teacher": row.teacher, "places": places, "levels": row.levels.split()}
    )


def read_school(form: Form, schools: Sequence[School]) -> SchoolFields:
    """Return what the form says of a school; its mistakes are put into the form."""
    _check_lengths_of_texts(form, _SCHOOL)
    if not form.value("name"):
        form.errors["name"] = _("Écrivez le nom de l’école.")
    uai = read_uai(form.value("uai"))
    if form.value("uai") and not uai:
        form.errors["uai"] = _(
            "Ce numéro UAI n’est pas juste : sept chiffres et une lettre, par exemple 0750654D."
        )
    for name in ("postcode", "insee"):
        if form.value(name) and not (form.value(name).isalnum() and len(form.value(name)) == 5):
            form.errors[name] = _("Cinq chiffres, par exemple 28000.")
    levels = _read_levels(form)
    followed = form.value("followed_by")
    known = {school.id for school in schools}
    return SchoolFields(
        name=form.value("name"),
        uai=uai or None,
        street=form.value("street"),
        postcode=form.value("postcode"),
        insee=form.value("insee"),
        commune=form.value("commune"),
        levels=levels,
        followed_by=followed if followed in known else None,
    )


def read_class(form: Form, school: School) -> ClassFields:
    """Return what the form says of a class; its mistakes are put into the form."""
    _check_lengths_of_texts(form, _CLASS)
    if not form.value("name"):
        form.errors["name"] = _("Écrivez le nom de la classe.")
    levels = _read_levels(form)
    absent = [level for level in levels if level not in school.levels.split()]
    if absent:
        form.errors["levels"] = _(
            "Cette école n’a pas de %(levels)s : ajoutez d’abord ce niveau à l’école.",
            levels=", ".join(absent),
        )
    places = read_number(form.value("places"), MOST_PLACES) if form.value("places") else None
    if form.value("places") and not places:
        form.errors["places"] = _("Écrivez un nombre de places, de 1 à 99.")
    return ClassFields(
        name=form.value("name"),
        teacher=form.value("teacher"),
        places=places or None,
        levels=levels,
    )


def read_period_of_director(form: Form, first: date) -> tuple[date, date | None]:
    """Return from when until when a right to a school lasts; mistakes are put into the form."""
    begins = read_day(form.value("valid_from")) or first
    ends = read_day(form.value("valid_to"))
    if form.value("valid_from") and read_day(form.value("valid_from")) is None:
        form.errors["valid_from"] = _("Écrivez une date, par exemple 01/09/2026.")
    if form.value("valid_to") and ends is None:
        form.errors["valid_to"] = _("Écrivez une date, par exemple 31/08/2027.")
    if ends is not None and ends < begins:
        form.errors["valid_to"] = _("La fin vient après le début.")
    return begins, ends


def _read_levels(form: Form) -> list[str]:
    chosen = form.values.get("levels") or []
    levels = levels_in_order(level for level in chosen if level in LEVELS)
    if not levels:
        form.errors["levels"] = _("Cochez au moins un niveau.")
    return levels


def _check_lengths_of_texts(form: Form, most: dict[str, int]) -> None:
    for name, length in most.items():
        if len(form.value(name)) > length:
            form.errors[name] = _("Au plus %(most)s caractères.", most=length)
