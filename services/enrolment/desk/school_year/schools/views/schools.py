"""Schools and their classes: what there is, how many pupils, who keeps each."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from flask import abort, render_template, request
from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.pending_requests import count_waiting_for_agent
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    Reach,
    requires_part_in_schools,
    school_reach_of_agent,
)
from services.enrolment.models import School
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.queries import schools as queries
from services.enrolment.school_year.schools.queries.pupils import count_pupils
from services.enrolment.school_year.schools.queries.school_changes import (
    changes_of_school,
    names_of_agents,
)
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.store import store, vault
from shared.dates.clock import today
from shared.text import folded
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("schools", "/ecoles", labels=labels, levels=LEVELS)


@blueprint.get("")
@requires_part_in_schools
def show() -> str:
    """Show the schools, with their classes and pupils of this year in numbers."""
    year = school_year_of(today())
    with store.read() as read:
        reach = school_reach_of_agent(read)
        schools = [s for s in queries.all_schools(read) if _may_see(reach, s.id)]
        pupils = {each: there.total() for each, there in _count_pupils(read, reach).items()}
        classes = queries.classes_by_school(read, year)
        school_work = count_waiting_for_agent(read)
    return render_template(
        "desk/schools/list.html",
        school_work=school_work,
        schools=schools,
        classes=classes,
        pupils=pupils,
        year=year,
        reads_all=reach.has(None),
        reads=bool(reach.role),
        administers=agent.require_agent().sight.administers,
    )


@blueprint.get("/<uuid:school_id>")
@requires_part_in_schools
def show_one(school_id: UUID) -> str:
    """Show a school: its classes of a year, who keeps it, its streets."""
    year = _chosen_year()
    with store.read() as read:
        school = _require_visible(read, school_id)
        reach = school_reach_of_agent(read)
        pupils = _count_pupils(read, reach).get(school.id, Counter())
        return render_template(
            "desk/schools/school.html",
            school=school,
            following=read.get(School, school.followed_by) if school.followed_by else None,
            year=year,
            years=_this_and_next_school_year(),
            classes=queries.classes_by_school(read, year).get(school.id, ()),
            pupils=_counts_by_class(pupils),
            unclassed=_count_pupils_without_class(read, school, _counts_by_class(pupils)),
            directors=queries.directors_of_school(read, school.id),
            agents=queries.possible_directors(read, today()),
            form=Form({}),
            changes=changes_of_school(read, school.id),
            schools=queries.schools_by_id(read),
            agent_names=names_of_agents(read),
            reads=reach.has(school.id),
            this_year=school_year_of(today()),
            administers=agent.require_agent().sight.administers,
            today=today(),
        )


def _require_visible(read: Session, school_id: UUID) -> School:
    school = queries.require_school(read, str(school_id))
    if not _may_see(school_reach_of_agent(read), school.id):
        abort(404)
    return school


def _may_see(reach: Reach, school_id: str) -> bool:
    return agent.require_agent().sight.administers or reach.has(school_id)


def _count_pupils(read: Session, reach: Reach) -> Mapping[str, Counter[str]]:
    """Count the pupils whose number the agent may know, by school and class; it reads no name."""
    if reach.role:
        return count_pupils(read, vault, reach.schools)
    return count_pupils(read, vault) if agent.require_agent().sight.administers else {}


def _counts_by_class(pupils: Mapping[str, int]) -> Counter[str]:
    """Return counts by class as its name is compared."""
    counted: Counter[str] = Counter()
    for class_name, count in pupils.items():
        counted[folded(class_name)] += count
    return counted


def _count_pupils_without_class(read: Session, school: School, pupils: Mapping[str, int]) -> int:
    """Return how many pupils are in no class that the school has this year."""
    year = school_year_of(today())
    known = {each.folded for each in queries.classes_by_school(read, year).get(school.id, ())}
    return sum(count for name, count in pupils.items() if name not in known)


def _this_and_next_school_year() -> list[str]:
    year = school_year_of(today())
    return [year, next_school_year(year)]


def _chosen_year() -> str:
    chosen = request.args.get("annee", "")
    return chosen if chosen in _this_and_next_school_year() else _this_and_next_school_year()[0]
