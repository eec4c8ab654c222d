"""Motives of the deliberation, by which the commission orders waivers: the administrator's."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.school_year.enrolments import forms
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_administering_schools,
)
from services.enrolment.school_year.enrolments.commands import catchment_waivers as commands
from services.enrolment.school_year.enrolments.queries import catchment_waivers as queries
from services.enrolment.store import store
from shared.web.forms.form_data import Form

blueprint = Blueprint("school_motives", __name__, url_prefix="/ecoles/derogations/motifs")


@blueprint.get("")
@requires_administering_schools
def show() -> str:
    """Show the motives of the deliberation with their points."""
    with store.read() as read:
        rows = queries.motives_of_deliberation(read)
    lines = "\n".join(f"{row.label} ; {row.points}" for row in rows)
    return _page(Form({"motives": lines}))


@blueprint.post("")
@requires_administering_schools
def change() -> ResponseReturnValue:
    """Write the motives of the deliberation; waivers entered before keep their points."""
    form = Form({"motives": request.form.get("motives", "")[:5_000]})
    motives = forms.read_motives(form)
    if form.errors:
        return _page(form), 422
    with store.write() as write:
        commands.set_motives_of_deliberation(write, motives)
    flash("motives", "school_enrolments")
    return redirect(url_for("school_motives.show"), 303)


def _page(form: Form) -> str:
    form.labels = {"motives": _("Motifs et points")}
    return render_template("desk/school_enrolments/motives.html", form=form)
