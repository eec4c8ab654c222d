"""Lists of pupils by name, each reading of which is noted: of a class, a school, and of neither."""

from collections.abc import Sequence
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from services.enrolment.desk.access import agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.pupil_lists import pupils_list
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    Reach,
    require_reach,
    requires_part_in_schools,
)
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.queries import schools as queries
from services.enrolment.school_year.schools.queries.pupils import (
    PupilCard,
    children_without_school,
    pupils_of_class,
    pupils_of_schools,
)
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.dates.clock import now, today
from shared.register.entitlement import CARE_CORE, SCHOOLING
from shared.text import folded
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list

blueprint = desk_blueprint("pupils", "/ecoles", labels=labels, levels=LEVELS)


@blueprint.get("/classes/<uuid:class_id>")
@requires_part_in_schools
def show(class_id: UUID) -> ResponseReturnValue:
    """List the pupils of a class; each leaves a line for its family to read."""
    with store.read() as read:
        row = queries.require_class(read, str(class_id))
        school = queries.require_school(read, row.school_id)
        reach = require_reach(read, school.id)
        pupils = pupils_of_class(read, vault, row, school_year_of(today()))
    return _show_pupils(
        reach,
        pupils,
        "desk/schools/class.html",
        row=row,
        school=school,
        this_year=school_year_of(today()),
    )


@blueprint.get("/sans-ecole")
@requires_part_in_schools
def show_without_school() -> ResponseReturnValue:
    """List the children of school age in no school, as far as this provider has them."""
    year = school_year_of(today())
    with store.read() as read:
        reach = require_reach(read, None)
        children = children_without_school(read, vault, year)
    return _show_pupils(reach, children, "desk/schools/without_school.html", year=year)


@blueprint.get("/<uuid:school_id>/sans-classe")
@requires_part_in_schools
def show_unclassed(school_id: UUID) -> ResponseReturnValue:
    """List the pupils of a school who are in none of its classes of this year."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
        reach = require_reach(read, school.id)
        classes = queries.classes_by_school(read, school_year_of(today())).get(school.id, ())
        known = {row.folded for row in classes}
        of_school = pupils_of_schools(read, vault, [school.id])
        pupils = [p for p in of_school if folded(p.class_name) not in known]
    return _show_pupils(reach, pupils, "desk/schools/unclassed.html", school=school)


@blueprint.get("/<uuid:school_id>/eleves")
@requires_part_in_schools
def show_school(school_id: UUID) -> ResponseReturnValue:
    """List all pupils of a school with their classes."""
    with store.read() as read:
        school = queries.require_school(read, str(school_id))
        reach = require_reach(read, school.id)
        pupils = pupils_of_schools(read, vault, [school.id])
    return _show_pupils(reach, pupils, "desk/schools/pupils.html", school=school)


def _show_pupils(
    reach: Reach, pupils: list[PupilCard], template: str, **shown: object
) -> ResponseReturnValue:
    """Show a list of pupils; those on the page are noted, or those of the file."""

    def page(listing: Listing[PupilCard]) -> str:
        subject = agent.require_agent().session.subject
        with store.write() as write:
            shown_here = [pupil.child_id for pupil in listing.rows_shown]
            publish_pupils_read(write, reach.role, subject, shown_here, now())
        return render_template(template, listing=listing, **shown)

    def note_children_of_export(rows: Sequence[PupilCard]) -> None:
        note_children_in_export(
            (row.child_id for row in rows), parts=(CARE_CORE, SCHOOLING), role=reach.role
        )

    return show_list(pupils_list(pupils), pupils, page, note_children_of_export)
