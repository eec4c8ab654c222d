"""Page of the school of an address, or of why a person decides."""

from flask import render_template, request

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.reach_of_agent import requires_part_in_schools
from services.enrolment.school_year.schools.queries import catchment as queries
from services.enrolment.school_year.schools.queries.schools import all_schools
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.store import store

blueprint = desk_blueprint("catchment", "/ecoles/secteurs", labels=labels, levels=LEVELS)


@blueprint.get("")
@requires_part_in_schools
def show() -> str:
    """Show the school of an address, or why a person decides."""
    asked = {name: request.args.get(name, "")[:200] for name in ("adresse", "commune", "niveau")}
    with store.read() as read:
        schools = all_schools(read)
        answer = None
        if asked["adresse"].strip():
            answer = queries.school_of_typed_address(
                read, asked["adresse"], asked["commune"], asked["niveau"]
            )
        addresses = queries.count_addresses(read)
    communes = sorted({(s.insee, s.commune) for s in schools if s.insee}, key=lambda c: c[1])
    return render_template(
        "desk/schools/catchment.html",
        asked=asked,
        answer=answer,
        schools={school.id: school for school in schools},
        communes=communes,
        addresses=addresses,
        administers=agent.require_agent().sight.administers,
    )
