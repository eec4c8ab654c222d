"""Pages on which the administrator edits areas of schools: streets, drawings, addresses."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_administering_schools,
)
from services.enrolment.models import School
from services.enrolment.school_year.schools.commands import catchment as commands
from services.enrolment.school_year.schools.queries import catchment as queries
from services.enrolment.school_year.schools.queries.schools import require_school
from services.enrolment.school_year.schools.rules import street_lists
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.school_year.schools.rules.street_lists import AreaRefused
from services.enrolment.store import store
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("catchment_setup", "/ecoles/secteurs", labels=labels, levels=LEVELS)

MOST_AREA, MOST_ADDRESSES = 2 * 2**20, 12 * 2**20
LARGEST_FORM = MOST_ADDRESSES + 64 * 1024


@blueprint.get("/<uuid:school_id>")
@requires_administering_schools
def edit(school_id: UUID) -> str:
    """Show the streets of a school as they are written, and whether an area is drawn."""
    with store.read() as read:
        school = require_school(read, str(school_id))
        lines = queries.streets_of_school(read, school.id)
    text = "\n".join(street_lists.write_street_line(line) for line in lines.get(school.insee, ()))
    return _edit_page(school, Form({"streets": text}))


@blueprint.post("/<uuid:school_id>")
@requires_administering_schools
def change(school_id: UUID) -> ResponseReturnValue:
    """Let the written streets be the school's area; nothing is stored where a line is wrong."""
    form = Form({"streets": request.form.get("streets", "")[:200_000]})
    lines, wrong = street_lists.parse_street_lines(form.value("streets"))
    with store.read() as read:
        school = require_school(read, str(school_id))
    if not school.insee:
        form.errors["streets"] = _("Écrivez d’abord la commune de l’école et son code INSEE.")
    elif wrong:
        form.errors["streets"] = _(
            "À corriger, ligne %(lines)s : écrivez par exemple « rue des Lilas ; impair ; 1-45 ».",
            lines=", ".join(map(str, wrong[:10])),
        )
    if form.errors:
        return _edit_page(school, form), 422
    with store.write() as write:
        commands.set_streets_of_school(write, school.id, school.insee, lines)
    flash("streets_saved", "schools")
    return redirect(url_for("catchment_setup.edit", school_id=school_id), 303)


@blueprint.post("/<uuid:school_id>/carte")
@requires_administering_schools
def take_drawn_area(school_id: UUID) -> ResponseReturnValue:
    """Take a school's drawn area from a GeoJSON file, or take it away."""
    with store.read() as read:
        school = require_school(read, str(school_id))
    if request.form.get("remove"):
        geometry = None
    else:
        sent = request.files.get("area")
        try:
            geometry = street_lists.parse_area_of_geojson(
                sent.stream.read(MOST_AREA) if sent else b""
            )
        except AreaRefused as refused:
            return _edit_page(school, Form({}, {"area": _area_refusal_sentence(refused)})), 422
    with store.write() as write:
        commands.set_drawn_area_of_school(write, school.id, geometry)
    flash("area_saved", "schools")
    return redirect(url_for("catchment_setup.edit", school_id=school_id), 303)


@blueprint.post("/adresses")
@requires_administering_schools
def load_addresses() -> ResponseReturnValue:
    """Take the town's addresses with their coordinates from its Base Adresse Locale."""
    sent = request.files.get("addresses")
    try:
        found = street_lists.parse_address_file(sent.stream.read(MOST_ADDRESSES) if sent else b"")
    except AreaRefused as refused:
        flash(_area_refusal_sentence(refused), "refused")
        return redirect(url_for("catchment.show"), 303)
    with store.write() as write:
        commands.replace_addresses(write, found)
    flash("addresses", "schools")
    return redirect(url_for("catchment.show"), 303)


def _area_refusal_sentence(refused: AreaRefused) -> str:
    return {
        "not_geojson": _("Ce n’est pas un fichier GeoJSON."),
        "no_polygon": _("Ce fichier ne dessine aucune surface."),
        "not_degrees": _("Les coordonnées ne sont pas en degrés (WGS-84) : exportez-les ainsi."),
        "not_text": _("Ce n’est pas un fichier CSV."),
        "no_header": _(
            "Ce n’est pas une Base Adresse Locale : il manque voie_nom, numero ou long."
        ),
        "no_rows": _("Ce fichier ne contient aucune adresse lisible."),
        "too_large": _("Ce fichier a trop d’adresses : gardez celles de votre commune."),
    }[refused.code]


def _edit_page(school: School, form: Form) -> str:
    form.labels = {"streets": _("Rues"), "area": _("Carte")}
    with store.read() as read:
        drawn = queries.has_drawn_area(read, school.id)
        if "streets" not in form.values:
            lines = queries.streets_of_school(read, school.id).get(school.insee, ())
            form.values["streets"] = "\n".join(map(street_lists.write_street_line, lines))
    return render_template(
        "desk/schools/catchment_form.html", school=school, form=form, drawn=drawn
    )
