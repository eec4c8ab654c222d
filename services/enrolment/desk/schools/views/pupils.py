"""Lists of pupils by name, each reading of which is noted; the file of all classes of a school."""

import csv
import io
from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext as _

from services.enrolment.children.rules.names import Named, display_names
from services.enrolment.desk.access import agent
from services.enrolment.desk.schools import labels
from services.enrolment.desk.schools.reach import (
    Reach,
    for_schools,
    require_reach,
)
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.schools.commands.reading import publish_pupils_read
from services.enrolment.schools.queries import schools as queries
from services.enrolment.schools.queries.pupils import (
    PupilCard,
    children_without_school,
    pupils_of_class,
    pupils_of_schools,
)
from services.enrolment.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.database import Write
from shared.dates.clock import now, today
from shared.text import folded
from shared.web.base import downloads

blueprint = Blueprint("pupils", __name__, url_prefix="/ecoles")

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
        pupils = pupils_of_class(write, vault, row, school_year_of(today()))
        _publish_read(write, reach, pupils)
        return render_template(
            "desk/schools/class.html",
            row=row,
            school=school,
            pupils=pupils,
            names=_names(pupils),
            administers=agent.require_agent().sight.administers,
            this_year=school_year_of(today()),
        )


@blueprint.get("/sans-ecole")
@for_schools
def show_without_school() -> Any:
    """List the children of school age in no school, as far as this provider has them."""
    year = school_year_of(today())
    with store.write() as write:
        reach = require_reach(write, None)
        children = children_without_school(write, vault, year)
        _publish_read(write, reach, children)
    return render_template("desk/schools/without_school.html", children=children, year=year)


@blueprint.get("/<uuid:school_id>/sans-classe")
@for_schools
def show_unclassed(school_id: UUID) -> str:
    """List the pupils of a school who are in none of its classes of this year."""
    with store.write() as write:
        school = queries.require_school(write, str(school_id))
        reach = require_reach(write, school.id)
        classes = queries.classes_by_school(write, school_year_of(today())).get(school.id, ())
        known = {row.folded for row in classes}
        of_school = pupils_of_schools(write, vault, [school.id])
        pupils = [p for p in of_school if folded(p.class_name) not in known]
        _publish_read(write, reach, pupils)
    return render_template(
        "desk/schools/unclassed.html", school=school, pupils=pupils, names=_names(pupils)
    )


@blueprint.get("/<uuid:school_id>/classes.csv")
@for_schools
def export(school_id: UUID) -> Any:
    """Hand out the classes of this year with their pupils, as a spreadsheet opens it."""
    with store.write() as write:
        school = queries.require_school(write, str(school_id))
        reach = require_reach(write, school.id)
        pupils = pupils_of_schools(write, vault, [school.id])
        _publish_read(write, reach, pupils)
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


def _names(pupils: list[PupilCard]) -> dict[str, str]:
    return display_names(Named(p.child_id, p.first_name, p.last_name, p.birth_date) for p in pupils)


def _publish_read(write: Write, reach: Reach, pupils: Collection[PupilCard]) -> None:
    subject = agent.require_agent().session.subject
    publish_pupils_read(write, reach.role, subject, [p.child_id for p in pupils], now())
