"""Schools and their classes: what there is, how many pupils, who keeps each."""

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.schools import forms, labels
from services.enrolment.desk.schools.reach import (
    Reach,
    administers_schools,
    for_schools,
    reach_here,
)
from services.enrolment.models import School
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.schools.commands import schools as commands
from services.enrolment.schools.commands.reading import publish_pupils_read
from services.enrolment.schools.commands.schools import NameTaken, PupilsThere, UaiTaken
from services.enrolment.schools.queries import schools as queries
from services.enrolment.schools.queries.pupils import (
    PupilCard,
    children_without_school,
    pupils_of_schools,
)
from services.enrolment.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.dates.clock import now, today
from shared.text import folded
from shared.web.forms.forms import Form

blueprint = Blueprint("schools", __name__, url_prefix="/ecoles")


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {"labels": labels, "levels": LEVELS}


@blueprint.get("")
@for_schools
def show() -> str:
    """Show the schools, with their classes and pupils of this year in numbers."""
    year = school_year_of(today())
    with store.read() as read:
        reach = reach_here(read)
        schools = [s for s in queries.all_schools(read) if _may_see(reach, s.id)]
        pupils = Counter(p.school_id for p in _pupils(read, reach))
        classes = queries.classes_by_school(read, year)
    return render_template(
        "desk/schools/list.html",
        schools=schools,
        classes=classes,
        pupils=pupils,
        year=year,
        reads_all=reach.has(None),
        reads=bool(reach.role),
        administers=agent.require_agent().sight.administers,
    )


@blueprint.get("/sans-ecole")
@for_schools
def show_without_school() -> Any:
    """List the children of school age in no school, as far as this provider has them."""
    year = school_year_of(today())
    with store.write() as write:
        reach = reach_here(write)
        if not reach.has(None):
            abort(404)
        children = children_without_school(write, vault, year)
        _publish_read(write, reach, children)
    return render_template("desk/schools/without_school.html", children=children, year=year)


@blueprint.get("/nouvelle")
@administers_schools
def new() -> str:
    """Show the form of a new school."""
    return _form_page(forms.school_form(None), None)


@blueprint.post("/nouvelle")
@administers_schools
def add() -> Any:
    """Write a new school."""
    return _save(None)


@blueprint.get("/<uuid:school_id>")
@for_schools
def show_one(school_id: UUID) -> str:
    """Show a school: its classes of a year, who keeps it, its streets."""
    year = _chosen_year()
    with store.read() as read:
        school = _require_visible(read, school_id)
        reach = reach_here(read)
        pupils = [p for p in _pupils(read, reach) if p.school_id == school.id]
        return render_template(
            "desk/schools/school.html",
            school=school,
            following=read.get(School, school.followed_by) if school.followed_by else None,
            year=year,
            years=_years(),
            classes=queries.classes_by_school(read, year).get(school.id, ()),
            pupils=Counter(folded(p.class_name) for p in pupils),
            unclassed=_count_unclassed(read, school, pupils),
            directors=queries.directors_of_school(read, school.id),
            agents=queries.possible_directors(read),
            form=Form({}),
            reads=reach.has(school.id),
            this_year=school_year_of(today()),
            administers=agent.require_agent().sight.administers,
            today=today(),
        )


@blueprint.get("/<uuid:school_id>/modifier")
@administers_schools
def edit(school_id: UUID) -> str:
    """Show the form of a school."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _form_page(forms.school_form(school), school)


@blueprint.post("/<uuid:school_id>/modifier")
@administers_schools
def change(school_id: UUID) -> Any:
    """Change a school."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
    return _save(school)


@blueprint.post("/<uuid:school_id>/classes/reprendre")
@administers_schools
def copy_classes(school_id: UUID) -> Any:
    """Copy this year's classes into the next one: moving up then knows where to."""
    year = school_year_of(today())
    following = next_school_year(year)
    with store.write() as write:
        copied = commands.copy_classes(write, str(school_id), year, following)
    flash(f"copied {copied}", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id, annee=following), 303)


@blueprint.post("/<uuid:school_id>/direction")
@administers_schools
def name_director(school_id: UUID) -> Any:
    """Let an agent keep this school's pages for some time."""
    form = Form({name: request.form.get(name, "") for name in ("agent", "valid_from", "valid_to")})
    days = forms.read_days(form, today())
    with store.read() as read:
        known = {subject for subject, _name in queries.possible_directors(read)}
    if form.value("agent") not in known or form.errors:
        flash("no_director", "schools")
    else:
        by = agent.require_agent().session.subject
        with store.write() as write:
            commands.name_director(write, str(school_id), form.value("agent"), days, by=by)
        flash("director", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id, _anchor="direction"), 303)


@blueprint.post("/<uuid:school_id>/direction/<uuid:director_id>/terminer")
@administers_schools
def end_director(school_id: UUID, director_id: UUID) -> Any:
    """End an agent's right to this school today."""
    with store.write() as write:
        commands.end_director(write, str(director_id), today())
    return redirect(url_for("schools.show_one", school_id=school_id, _anchor="direction"), 303)


def _save(school: School | None) -> Any:
    names = ("name", "uai", "street", "postcode", "insee", "commune", "followed_by")
    form = Form({name: " ".join(request.form.get(name, "").split()) for name in names})
    form.values["levels"] = request.form.getlist("levels")
    with store.read() as read:
        fields = forms.read_school(form, queries.all_schools(read))
        there = school is not None and any(
            p.school_id == school.id for p in pupils_of_schools(read, vault)
        )
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
            "Des enfants sont inscrits sous l’ancien nom : il ne peut plus changer."
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


def _require_visible(read: Session, school_id: UUID) -> School:
    school = queries.require_school(read, str(school_id))
    if not _may_see(reach_here(read), school.id):
        abort(404)
    return school


def _may_see(reach: Reach, school_id: str) -> bool:
    return agent.require_agent().sight.administers or reach.has(school_id)


def _pupils(read: Session, reach: Reach) -> list[PupilCard]:
    """Return the pupils whose number the agent may know; the administrator reads none of them."""
    if reach.role:
        return pupils_of_schools(read, vault, reach.schools)
    return pupils_of_schools(read, vault) if agent.require_agent().sight.administers else []


def _count_unclassed(read: Session, school: School, pupils: Collection[PupilCard]) -> int:
    """Return how many pupils are in no class that the school has this year."""
    year = school_year_of(today())
    known = {each.folded for each in queries.classes_by_school(read, year).get(school.id, ())}
    return sum(1 for p in pupils if folded(p.class_name) not in known)


def _publish_read(write: Any, reach: Reach, pupils: Collection[PupilCard]) -> None:
    subject = agent.require_agent().session.subject
    publish_pupils_read(write, reach.role, subject, [p.child_id for p in pupils], now())


def _years() -> list[str]:
    year = school_year_of(today())
    return [year, next_school_year(year)]


def _chosen_year() -> str:
    chosen = request.args.get("annee", "")
    return chosen if chosen in _years() else _years()[0]
