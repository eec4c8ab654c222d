"""Pages on which the administrator lets a school be called otherwise, and takes that back."""

from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_administering_schools,
)
from services.enrolment.models import School
from services.enrolment.school_year.schools.commands import school_changes as commands
from services.enrolment.school_year.schools.commands.schools import NameTaken
from services.enrolment.school_year.schools.queries.change_preview import preview_of_change
from services.enrolment.school_year.schools.queries.schools import require_school
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("school_changes", "/ecoles", labels=labels)

MOST_NAME = 120


@blueprint.get("/<uuid:school_id>/renommer")
@requires_administering_schools
def show_renaming(school_id: UUID) -> str:
    """Show the form of another name, with what follows the school."""
    with store.read() as read:
        school = require_school(read, str(school_id))
    return _renaming_page(school, Form({"name": school.name, "holds_from": today().isoformat()}))


@blueprint.post("/<uuid:school_id>/renommer")
@requires_administering_schools
def rename(school_id: UUID) -> ResponseReturnValue:
    """Decide that the school is called so from a day on."""
    names = ("name", "holds_from")
    form = Form({name: " ".join(request.form.get(name, "").split()) for name in names})
    with store.read() as read:
        school = require_school(read, str(school_id))
    holds_from = _read_new_name(form)
    if holds_from is not None:
        _decide(school, form, holds_from)
    if form.errors:
        return _renaming_page(school, form), 422
    flash("renaming_decided", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id), 303)


@blueprint.post("/<uuid:school_id>/changements/<uuid:change_id>/annuler")
@requires_administering_schools
def withdraw(school_id: UUID, change_id: UUID) -> ResponseReturnValue:
    """Take back what waits for its day."""
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            commands.withdraw_change(write, str(change_id), by=by, now=now())
        flash("change_withdrawn", "schools")
    except NotFound:
        flash("change_done", "schools")
    return redirect(url_for("schools.show_one", school_id=school_id), 303)


def _read_new_name(form: Form) -> date | None:
    """Return the day from which a name holds; what is wrong is put into the form."""
    if not form.value("name"):
        form.errors["name"] = _("Écrivez le nom de l’école.")
    elif len(form.value("name")) > MOST_NAME:
        form.errors["name"] = _("Au plus %(most)s caractères.", most=MOST_NAME)
    holds_from = read_day(form.value("holds_from"))
    if holds_from is None:
        form.errors["holds_from"] = _("Écrivez une date, par exemple 01/09/2026.")
    return None if form.errors else holds_from


def _decide(school: School, form: Form, holds_from: date) -> None:
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            commands.decide_renaming(
                write, school.id, form.value("name"), holds_from, by=by, now=now()
            )
    except NameTaken:
        form.errors["name"] = _(
            "Une autre école porte ce nom, l’a porté ou va le porter : choisissez-en un autre."
        )
    except commands.SameName:
        form.errors["name"] = _("C’est déjà son nom.")
    except commands.NotThatDay:
        form.errors["holds_from"] = _("Choisissez un jour d’aujourd’hui à dans un an.")
    except commands.ChangeWaits:
        form.errors["name"] = _(
            "Un autre changement attend son jour : annulez-le d’abord sur la page de l’école."
        )


def _renaming_page(school: School, form: Form) -> str:
    form.labels = {"name": _("Nouveau nom"), "holds_from": _("À partir du")}
    with store.read() as read:
        return render_template(
            "desk/schools/rename.html",
            school=school,
            form=form,
            preview=preview_of_change(read, vault, school, today()),
            most=MOST_NAME,
        )
