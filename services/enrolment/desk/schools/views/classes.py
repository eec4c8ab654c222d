"""One class: its pupils by name, as each reading of it is noted; its form; the file of all."""

import csv
import io
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.enrolment.children.rules.names import Named, display_names
from services.enrolment.desk.access import agent
from services.enrolment.desk.schools import forms, labels
from services.enrolment.desk.schools.reach import (
    administers_schools,
    for_schools,
    require_reach,
)
from services.enrolment.models import School, SchoolClass
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.schools.commands import schools as commands
from services.enrolment.schools.commands.reading import publish_pupils_read
from services.enrolment.schools.commands.schools import NameTaken, PupilsThere
from services.enrolment.schools.queries import schools as queries
from services.enrolment.schools.queries.pupils import PupilCard, pupils_of_schools
from services.enrolment.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.dates.clock import now, today
from shared.text import folded
from shared.web.base import downloads
from shared.web.forms.forms import Form

blueprint = Blueprint("school_classes", __name__, url_prefix="/ecoles")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a formula of a cell to a spreadsheet."""


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {"labels": labels, "levels": LEVELS}


@blueprint.get("/classes/<uuid:class_id>")
@for_schools
def show(class_id: UUID) -> str:
    """Show the pupils of a class by name; each leaves a line for its family to read."""
    with store.write() as write:
        row = queries.require_class(write, str(class_id))
        school = queries.require_school(write, row.school_id)
        reach = require_reach(write, school.id)
        pupils = _pupils_of_class(write, row)
        subject = agent.require_agent().session.subject
        publish_pupils_read(write, reach.role, subject, [p.child_id for p in pupils], now())
        return render_template(
            "desk/schools/class.html",
            row=row,
            school=school,
            pupils=pupils,
            names=_names(pupils),
            administers=agent.require_agent().sight.administers,
            this_year=school_year_of(today()),
        )


@blueprint.get("/<uuid:school_id>/classes/nouvelle")
@administers_schools
def new(school_id: UUID) -> str:
    """Show the form of a new class."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _form_page(forms.class_form(None), school, _chosen_year(), None)


@blueprint.post("/<uuid:school_id>/classes/nouvelle")
@administers_schools
def add(school_id: UUID) -> Any:
    """Write a new class."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _save(school, _chosen_year(), None)


@blueprint.get("/classes/<uuid:class_id>/modifier")
@administers_schools
def edit(class_id: UUID) -> str:
    """Show the form of a class."""
    with store.read() as read:
        row = queries.require_class(read, str(class_id))
        school = queries.require_school(read, row.school_id)
    return _form_page(forms.class_form(row), school, row.school_year, row)


@blueprint.post("/classes/<uuid:class_id>/modifier")
@administers_schools
def change(class_id: UUID) -> Any:
    """Change a class."""
    with store.read() as read:
        row = queries.require_class(read, str(class_id))
        school = queries.require_school(read, row.school_id)
    return _save(school, row.school_year, row)


@blueprint.post("/classes/<uuid:class_id>/supprimer")
@administers_schools
def remove(class_id: UUID) -> Any:
    """Remove a class in which no child is."""
    try:
        with store.write() as write:
            row = queries.require_class(write, str(class_id))
            there = bool(_pupils_of_class(write, row))
            commands.remove_class(write, row.id, has_pupils=there)
    except PupilsThere:
        flash("pupils_there", "schools")
    year = row.school_year
    return redirect(url_for("schools.show_one", school_id=row.school_id, annee=year), 303)


@blueprint.get("/<uuid:school_id>/classes.csv")
@for_schools
def export(school_id: UUID) -> Any:
    """Hand out the classes of this year with their pupils, as a spreadsheet opens it."""
    with store.write() as write:
        school = queries.require_school(write, str(school_id))
        reach = require_reach(write, school.id)
        pupils = pupils_of_schools(write, vault, [school.id])
        subject = agent.require_agent().session.subject
        publish_pupils_read(write, reach.role, subject, [p.child_id for p in pupils], now())
    content = _csv_of_pupils(pupils).encode("utf-8-sig")
    return downloads.file_to_save(content, f"Classes {school.name}.csv", "text/csv")


def _csv_of_pupils(pupils: list[PupilCard]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    header = _("École"), _("Niveau"), _("Classe"), _("Nom"), _("Prénom"), _("Naissance")
    writer.writerow(header)
    by_class = sorted(pupils, key=lambda p: (folded(p.class_name), folded(p.last_name)))
    for p in by_class:
        cells = (p.school, p.level, p.class_name, p.last_name, p.first_name)
        writer.writerow([*map(_harmless, cells), f"{p.birth_date:%d/%m/%Y}"])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _pupils_of_class(read: Session, row: SchoolClass) -> list[PupilCard]:
    """Return the pupils of a class; a class of the next year has none before its day."""
    if row.school_year != school_year_of(today()):
        return []
    of_school = pupils_of_schools(read, vault, [row.school_id])
    return [p for p in of_school if folded(p.class_name) == row.folded]


def _names(pupils: list[PupilCard]) -> dict[str, str]:
    return display_names(Named(p.child_id, p.first_name, p.last_name, p.birth_date) for p in pupils)


def _save(school: School, year: str, row: SchoolClass | None) -> Any:
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
                there = bool(_pupils_of_class(write, row))
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
