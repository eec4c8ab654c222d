"""Pages on which the administrator edits schools, copies classes, and names who keeps each."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import forms, labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_administering_schools,
)
from services.enrolment.models import School
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import schools as commands
from services.enrolment.school_year.schools.commands.schools import NameTaken, PupilsThere, UaiTaken
from services.enrolment.school_year.schools.queries import schools as queries
from services.enrolment.school_year.schools.queries.pupils import count_pupils
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.dates.clock import today
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("school_setup", "/ecoles", labels=labels, levels=LEVELS)


@blueprint.get("/nouvelle")
@requires_administering_schools
def new() -> str:
    """Show the form of a new school."""
    return _form_page(forms.make_school_form(None), None)


@blueprint.post("/nouvelle")
@requires_administering_schools
def add() -> ResponseReturnValue:
    """Write a new school."""
    return _save_school(None)


@blueprint.get("/<uuid:school_id>/modifier")
@requires_administering_schools
def edit(school_id: UUID) -> str:
    """Show the form of a school."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _form_page(forms.make_school_form(school), school)


@blueprint.post("/<uuid:school_id>/modifier")
@requires_administering_schools
def change(school_id: UUID) -> ResponseReturnValue:
    """Change a school."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _save_school(school)


@blueprint.post("/<uuid:school_id>/classes/reprendre")
@requires_administering_schools
def copy_classes(school_id: UUID) -> ResponseReturnValue:
    """Copy this year's classes into the next one: moving up then knows where to."""
    year = school_year_of(today())
    following = next_school_year(year)
    with store.write() as write:
        copied = commands.copy_classes(write, str(school_id), year, following)
    flash(f"copied {copied}", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id, annee=following), 303)


@blueprint.post("/<uuid:school_id>/direction")
@requires_administering_schools
def name_director(school_id: UUID) -> ResponseReturnValue:
    """Let an agent keep this school's pages for some time."""
    form = Form({name: request.form.get(name, "") for name in ("agent", "valid_from", "valid_to")})
    days = forms.read_period_of_director(form, today())
    with store.read() as read:
        known = {subject for subject, _name in queries.possible_directors(read, today())}
    if form.value("agent") not in known or form.errors:
        flash("no_director", "schools")
    else:
        by = agent.require_agent().session.subject
        with store.write() as write:
            commands.appoint_director_of_school(
                write, str(school_id), form.value("agent"), days, by=by
            )
        flash("director", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id, _anchor="direction"), 303)


@blueprint.post("/<uuid:school_id>/direction/<uuid:director_id>/terminer")
@requires_administering_schools
def end_director(school_id: UUID, director_id: UUID) -> ResponseReturnValue:
    """End an agent's right to this school today."""
    with store.write() as write:
        commands.end_director(write, str(director_id), today())
    return redirect(url_for("schools.show_one", school_id=school_id, _anchor="direction"), 303)


def _save_school(school: School | None) -> ResponseReturnValue:
    names = ("name", "uai", "street", "postcode", "insee", "commune", "followed_by")
    form = Form({name: " ".join(request.form.get(name, "").split()) for name in names})
    form.values["levels"] = request.form.getlist("levels")
    with store.read() as read:
        fields = forms.read_school(form, queries.all_schools(read))
        there = school is not None and bool(count_pupils(read, vault, [school.id]))
    if form.errors:
        return _form_page(form, school), 422
    try:
        with store.write() as write:
            key = school.id if school else None
            school_id = commands.save_school(write, key, fields, has_pupils=there)
    except NameTaken:
        form.errors["name"] = _("Une autre école porte déjà ce nom.")
    except UaiTaken:
        form.errors["uai"] = _("Une autre école a déjà ce numéro.")
    except PupilsThere:
        form.errors["name"] = _(
            "Des enfants y sont inscrits : « Renommer », sur la page de l’école, change aussi "
            "leurs dossiers."
        )
    if form.errors:
        return _form_page(form, school), 422
    flash("saved", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id), 303)


def _form_page(form: Form, school: School | None) -> str:
    form.labels = {
        "name": _("Nom"),
        "uai": _("Numéro UAI"),
        "postcode": _("Code postal"),
        "insee": _("Code INSEE de la commune"),
        "levels": _("Niveaux"),
    }
    with store.read() as read:
        others = [s for s in queries.all_schools(read) if school is None or s.id != school.id]
    return render_template("desk/schools/form.html", form=form, school=school, others=others)
