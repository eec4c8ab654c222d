"""Schools and their classes as the administrator writes them, or as another software had them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import School, SchoolClass, SchoolDirector
from services.enrolment.school_year.schools.commands.publishing import mark_school_to_publish
from services.enrolment.school_year.schools.queries.school_changes import waiting_names
from services.enrolment.school_year.schools.queries.schools import (
    classes_by_school,
    require_class,
    require_school,
    schools_by_folded_name,
)
from services.enrolment.school_year.schools.rules.levels import levels_in_order
from shared.contracts.enrolment.school_year.schools import ImportedClass, ImportedSchool
from shared.contracts.errors import NotFound, Refusal
from shared.database import Write
from shared.runtime.ids import new_id
from shared.text import folded


class NameTaken(Refusal):
    """Another school, or another class of the school, is called so, was or will be."""

    code = "name_taken"


class UaiTaken(Refusal):
    """Another school has this number."""

    code = "uai_taken"


class PupilsThere(Refusal):
    """Children are written there under this name: a form neither changes nor removes it."""

    code = "pupils_there"


@dataclass(frozen=True, kw_only=True)
class SchoolFields:
    """Fields of a school; `levels` are codes, at least one."""

    name: str
    uai: str | None
    street: str
    postcode: str
    insee: str
    commune: str
    levels: Collection[str]
    followed_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClassFields:
    """Fields of a class of a school year."""

    name: str
    teacher: str
    places: int | None
    levels: Collection[str]


def save_school(
    write: Write, school_id: str | None, fields: SchoolFields, *, has_pupils: bool = False
) -> str:
    """Write a school, and return its id; raises NameTaken, UaiTaken, PupilsThere."""
    school = School(id=new_id()) if school_id is None else require_school(write, school_id)
    key = folded(fields.name)
    if has_pupils and school.folded != key:
        raise PupilsThere
    _refuse_taken_name_or_number(write, school.id, key, fields.uai)
    school.name, school.folded, school.uai = fields.name, key, fields.uai
    school.street, school.postcode = fields.street, fields.postcode
    school.insee, school.commune = fields.insee, fields.commune
    school.levels = " ".join(levels_in_order(fields.levels))
    school.followed_by = fields.followed_by if fields.followed_by != school.id else None
    write.add(school)
    write.flush()
    mark_school_to_publish(write, school.id)
    return school.id


def add_class(write: Write, school_id: str, school_year: str, fields: ClassFields) -> str:
    """Add a class to a school year, and return its id; raises NameTaken."""
    require_school(write, school_id)
    row = SchoolClass(id=new_id(), school_id=school_id, school_year=school_year)
    return _write_class(write, row, fields)


def change_class(
    write: Write, class_id: str, fields: ClassFields, *, has_pupils: bool = False
) -> str:
    """Change a class; raises NameTaken, and PupilsThere for another name."""
    row = require_class(write, class_id)
    if has_pupils and row.folded != folded(fields.name):
        raise PupilsThere
    return _write_class(write, row, fields)


def remove_class(write: Write, class_id: str, *, has_pupils: bool) -> None:
    """Remove a class in which no child is; raises PupilsThere."""
    if has_pupils:
        raise PupilsThere
    row = require_class(write, class_id)
    write.delete(row)
    write.flush()
    mark_school_to_publish(write, row.school_id)


def copy_classes(write: Write, school_id: str, from_year: str, to_year: str) -> int:
    """Copy a school's classes into another school year, those not there yet; return how many."""
    there = {row.folded for row in classes_by_school(write, to_year).get(school_id, ())}
    copied = [
        row
        for row in classes_by_school(write, from_year).get(school_id, ())
        if row.folded not in there
    ]
    for row in copied:
        write.add(
            SchoolClass(
                id=new_id(),
                school_id=school_id,
                school_year=to_year,
                name=row.name,
                folded=row.folded,
                teacher=row.teacher,
                places=row.places,
                levels=row.levels,
            )
        )
    write.flush()
    mark_school_to_publish(write, school_id)
    return len(copied)


def appoint_director_of_school(
    write: Write, school_id: str, subject: str, days: tuple[date, date | None], *, by: str
) -> None:
    """Let an agent keep a school's pages from a day until another."""
    require_school(write, school_id)
    write.add(
        SchoolDirector(
            id=new_id(),
            school_id=school_id,
            subject=subject,
            valid_from=days[0],
            valid_to=days[1],
            given_by=by,
        )
    )
    write.flush()


def end_director(write: Write, director_id: str, last_day: date) -> None:
    """End an agent's right to a school; one that has not begun is taken away."""
    row = write.get(SchoolDirector, director_id)
    if row is None:
        raise NotFound(director_id=director_id)
    if row.valid_from > last_day:
        write.delete(row)
    else:
        row.valid_to = last_day
    write.flush()


def import_schools(
    write: Write, school_year: str, schools: Iterable[ImportedSchool]
) -> tuple[int, int]:
    """
    Add schools and classes that are not here yet; return how many of each.

    What the provider has written itself stays. A school is known by its number, or its name.
    """
    added = classes = 0
    for row in schools:
        school = _known_school(write, row)
        if school is None:
            added += 1
            fields = SchoolFields(**{name: row[name] for name in _PLAIN}, uai=row["uai"] or None)  # type: ignore[literal-required]
            school = require_school(write, save_school(write, None, fields))
        classes += _import_classes(write, school, school_year, row["classes"])
    return added, classes


_PLAIN = ("name", "street", "postcode", "insee", "commune", "levels")


def _known_school(write: Write, row: ImportedSchool) -> School | None:
    known = schools_by_folded_name(write).get(folded(row["name"]))
    if known is None and row["uai"]:
        known = write.scalars(select(School).where(School.uai == row["uai"])).first()
    return known


def _import_classes(
    write: Write, school: School, school_year: str, rows: Iterable[ImportedClass]
) -> int:
    there = {row.folded for row in classes_by_school(write, school_year).get(school.id, ())}
    new = [row for row in rows if folded(row["name"]) not in there]
    for row in new:
        add_class(write, school.id, school_year, ClassFields(**row))
    return len(new)


def _write_class(write: Write, row: SchoolClass, fields: ClassFields) -> str:
    row.name, row.folded = fields.name, folded(fields.name)
    taken = select(SchoolClass.id).where(
        SchoolClass.school_id == row.school_id,
        SchoolClass.school_year == row.school_year,
        SchoolClass.folded == row.folded,
        SchoolClass.id != row.id,
    )
    with write.no_autoflush:
        if write.scalar(taken) is not None:
            raise NameTaken
    row.teacher, row.places = fields.teacher, fields.places
    row.levels = " ".join(levels_in_order(fields.levels))
    write.add(row)
    write.flush()
    mark_school_to_publish(write, row.school_id)
    return row.id


def _refuse_taken_name_or_number(write: Write, school_id: str, key: str, uai: str | None) -> None:
    numbers = select(School.uai).where(School.id != school_id)
    with write.no_autoflush:
        if key in names_of_others(write, school_id):
            raise NameTaken
        if uai and uai in write.scalars(numbers).all():
            raise UaiTaken


def names_of_others(read: Session, school_id: str) -> set[str]:
    """Return the names, folded, that schools have, had or will have, but for one school's own."""
    present = schools_by_folded_name(read)
    coming = waiting_names(read)
    return {name for name, school in present.items() if school.id != school_id} | {
        name for each, name in coming.items() if each != school_id
    }
