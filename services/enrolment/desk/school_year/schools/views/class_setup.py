"""Pages on which the administrator edits the classes of a school year."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import forms, labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_administering_schools,
)
from services.enrolment.models import School, SchoolClass
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import schools as commands
from services.enrolment.school_year.schools.commands.schools import NameTaken, PupilsThere
from services.enrolment.school_year.schools.queries import schools as queries
from services.enrolment.school_year.schools.queries.pupils import pupils_of_class
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.dates.clock import today
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("class_setup", "/ecoles", labels=labels, levels=LEVELS)


@blueprint.get("/<uuid:school_id>/classes/nouvelle")
@requires_administering_schools
def new(school_id: UUID) -> str:
    """Show the form of a new class."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _form_page(forms.make_class_form(None), school, _chosen_year(), None)


@blueprint.post("/<uuid:school_id>/classes/nouvelle")
@requires_administering_schools
def add(school_id: UUID) -> ResponseReturnValue:
    """Write a new class."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _save_class(school, _chosen_year(), None)


@blueprint.get("/classes/<uuid:class_id>/modifier")
@requires_administering_schools
def edit(class_id: UUID) -> str:
    """Show the form of a class."""
    with store.read() as read:
        row = queries.require_class(read, str(class_id))
        school = queries.require_school(read, row.school_id)
    return _form_page(forms.make_class_form(row), school, row.school_year, row)


@blueprint.post("/classes/<uuid:class_id>/modifier")
@requires_administering_schools
def change(class_id: UUID) -> ResponseReturnValue:
    """Change a class."""
    with store.read() as read:
        row = queries.require_class(read, str(class_id))
        school = queries.require_school(read, row.school_id)
    return _save_class(school, row.school_year, row)


@blueprint.post("/classes/<uuid:class_id>/supprimer")
@requires_administering_schools
def remove(class_id: UUID) -> ResponseReturnValue:
    """Remove a class in which no child is."""
    try:
        with store.write() as write:
            row = queries.require_class(write, str(class_id))
            there = bool(pupils_of_class(write, vault, row, school_year_of(today())))
            commands.remove_class(write, row.id, has_pupils=there)
    except PupilsThere:
        flash("pupils_there", "schools")
    year = row.school_year
    return redirect(url_for("schools.show_one", school_id=row.school_id, annee=year), 303)


def _save_class(school: School, year: str, row: SchoolClass | None) -> ResponseReturnValue:
    form = Form(
        {n: " ".join(request.form.get(n, "").split()) for n in ("name", "teacher", "places")}
    )
    form.values["levels"] = request.form.getlist("levels")
    fields = forms.read_class(form, school)
    if form.errors:
        return _form_page(form, school, year, row), 422
    try:
        with store.write() as write:
            if row is None:
                commands.add_class(write, school.id, year, fields)
            else:
                there = bool(pupils_of_class(write, vault, row, school_year_of(today())))
                commands.change_class(write, row.id, fields, has_pupils=there)
    except NameTaken:
        form.errors["name"] = _("Une autre classe de l’école porte déjà ce nom.")
    except PupilsThere:
        form.errors["name"] = _(
            "Des enfants sont inscrits sous l’ancien nom : il ne peut plus changer."
        )
    if form.errors:
        return _form_page(form, school, year, row), 422
    flash("class_saved", "schools")
    return redirect(url_for("schools.show_one", school_id=school.id, annee=year), 303)


def _form_page(form: Form, school: School, year: str, row: SchoolClass | None) -> str:
    form.labels = {"name": _("Nom"), "places": _("Places"), "levels": _("Niveaux")}
    return render_template(
        "desk/schools/class_form.html", form=form, school=school, year=year, row=row
    )


def _chosen_year() -> str:
    year = school_year_of(today())
    chosen = request.args.get("annee", "")
    return chosen if chosen in (year, next_school_year(year)) else year
