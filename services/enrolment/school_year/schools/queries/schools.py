"""Schools, their classes of a school year, and who keeps each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import School, SchoolClass, SchoolDirector, Subject, SubjectRight
from services.enrolment.school_year.schools.queries.school_changes import (
    former_names_by_school,
    school_id_by_former_name,
)
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.school_year.schools.rules.moving_up import ClassLevels, SchoolLevels
from shared.contracts.dossier.school_decisions import MOST_FORMER_NAMES
from shared.contracts.enrolment.school_year.schools import NamedSchool
from shared.contracts.errors import NotFound
from shared.database.tables.validity import not_ended_before_condition, valid_on_condition
from shared.text import folded


@dataclass(frozen=True)
class Director:
    """An agent's dated right to a school; `name` is "" of who has left."""

    id: str
    subject: str
    name: str
    valid_from: date
    valid_to: date | None


def all_schools(read: Session) -> list[School]:
    """Return the schools by name."""
    return sorted(read.scalars(select(School)), key=lambda school: school.folded)


def schools_by_id(read: Session) -> dict[str, School]:
    """Return the schools by id."""
    return {school.id: school for school in read.scalars(select(School))}


def schools_after_name(read: Session, after: str, most: int) -> list[NamedSchool]:
    """Return schools whose name comes after this one, in their order, at most so many."""
    named = select(School.id, School.name).where(School.name > after).order_by(School.name)
    former = former_names_by_school(read)
    return [
        {
            "school_id": school_id,
            "name": name,
            "former_names": list(former.get(school_id, ())[:MOST_FORMER_NAMES]),
        }
        for school_id, name in read.execute(named.limit(most))
    ]


def require_school(read: Session, school_id: str) -> School:
    """Return a school; raises NotFound."""
    school = read.get(School, school_id)
    if school is None:
        raise NotFound(school_id=school_id)
    return school


def require_class(read: Session, class_id: str) -> SchoolClass:
    """Return a class; raises NotFound."""
    found = read.get(SchoolClass, class_id)
    if found is None:
        raise NotFound(class_id=class_id)
    return found


def classes_by_school(read: Session, school_year: str) -> Mapping[str, Sequence[SchoolClass]]:
    """Return the classes of a school year by school, from the smallest level."""
    classes: dict[str, list[SchoolClass]] = defaultdict(list)
    for each in read.scalars(select(SchoolClass).where(SchoolClass.school_year == school_year)):
        classes[each.school_id].append(each)
    for of_school in classes.values():
        of_school.sort(key=sort_key_of_class)
    return classes


def levels_and_next_by_school(read: Session) -> dict[str, SchoolLevels]:
    """Return by id the levels of each school, and which one follows it."""
    return {
        school.id: SchoolLevels(school.id, tuple(school.levels.split()), school.followed_by)
        for school in all_schools(read)
    }


def classes_with_levels_by_school(read: Session, school_year: str) -> dict[str, list[ClassLevels]]:
    """Return by school the classes of a school year with their levels."""
    return {
        school_id: [ClassLevels(each.name, tuple(each.levels.split())) for each in classes]
        for school_id, classes in classes_by_school(read, school_year).items()
    }


def schools_by_folded_name(read: Session) -> dict[str, School]:
    """Return the schools by the names under which children are found there, former ones too."""
    schools = schools_by_id(read)
    former = school_id_by_former_name(read)
    return {name: schools[school_id] for name, school_id in former.items()} | {
        school.folded: school for school in schools.values()
    }


def schools_of_agent(read: Session, subject: str, day: date) -> frozenset[str]:
    """Return the schools that an agent keeps on a day."""
    kept = select(SchoolDirector.school_id).where(
        SchoolDirector.subject == subject,
        valid_on_condition(SchoolDirector, day),
    )
    return frozenset(read.scalars(kept))


def directors_of_school(read: Session, school_id: str) -> list[Director]:
    """Return who keeps a school, kept it or will, the latest first."""
    rows = read.execute(
        select(SchoolDirector, Subject.name)
        .outerjoin(Subject, Subject.subject == SchoolDirector.subject)
        .where(SchoolDirector.school_id == school_id)
        .order_by(SchoolDirector.valid_from.desc(), SchoolDirector.id)
    )
    return [
        Director(row.id, row.subject, name or "", row.valid_from, row.valid_to)
        for row, name in rows
    ]


def possible_directors(read: Session, day: date) -> list[tuple[str, str]]:
    """
    Return the active agents who have a right at this provider, by name: (subject, name).

    Accounts of the front desk are known here as well, all under its name: they keep no school.
    """
    running = not_ended_before_condition(SubjectRight.valid_to, day)
    agents = (
        select(Subject.subject, Subject.name)
        .join(SubjectRight, SubjectRight.subject == Subject.subject)
        .where(Subject.kind == "agent", Subject.active.is_(True), running)
        .distinct()
    )
    rows = [(subject, name) for subject, name in read.execute(agents)]
    return sorted(rows, key=lambda row: (folded(row[1]), row[0]))


def sort_key_of_class(row: SchoolClass) -> tuple[int, str]:
    """Return what sorts classes from the smallest level."""
    return LEVELS.index(row.levels.split()[0]), row.folded
