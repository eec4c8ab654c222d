"""
Publication of schools: each before the commit of a change, if what is public of it changed.

A page that names a school needs the list while this provider is down: a family's first form, the
front desk's correction.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import School, SchoolClass
from services.enrolment.school_year.schools.queries.school_changes import (
    former_names_by_school,
    is_being_renamed,
)
from services.enrolment.school_year.schools.queries.schools import sort_key_of_class
from shared.contracts.dossier.school_decisions import MOST_FORMER_NAMES
from shared.contracts.enrolment.school_year.schools import (
    CLASSES_OF_SCHOOL,
    PublishedClass,
    PublishedSchool,
    SchoolPublished,
    school_published,
)
from shared.database import Write
from shared.dates.clock import now
from shared.json_values import digest_of_content

SCHOOLS = "schools"
"""The mark of `write.touch`: schools to be published before the commit."""
_YEARS_PUBLISHED = 2


def mark_school_to_publish(write: Write, school_id: str) -> None:
    """Publish a school before the commit, if it changed."""
    write.note_for_completion(SCHOOLS, [school_id], now())


def publish_changed_schools(write: Write, school_ids: Collection[str], _at: datetime) -> None:
    """Publish those of these schools that differ from what was published."""
    for school_id in sorted(school_ids):
        publish_school(write, school_id)


def publish_school(write: Write, school_id: str) -> bool:
    """Publish a school, if it changed; return whether it did."""
    query = select(School).where(School.id == school_id).with_for_update()
    row = write.scalars(query).one_or_none()
    if row is None:
        return False
    content = content_of_school(write, row)
    digest = digest_of_content(content)
    if digest == row.published:
        return False
    row.published, row.version = digest, row.version + 1
    write.flush()
    write.publish(school_published, SchoolPublished(row.id, row.version, content))
    return True


def school_as_published(read: Session, row: School) -> SchoolPublished | None:
    """Return a school as it was last published; None if it is about to be published anew."""
    content = content_of_school(read, row)
    if digest_of_content(content) != row.published:
        return None
    return SchoolPublished(row.id, row.version, content)


def content_of_school(read: Session, row: School) -> PublishedSchool:
    """Return what is public of a school."""
    classes = read.scalars(select(SchoolClass).where(SchoolClass.school_id == row.id)).all()
    years = sorted({each.school_year for each in classes})[-_YEARS_PUBLISHED:]
    published = [
        PublishedClass(school_year=year, name=each.name, levels=each.levels.split())
        for year in years
        for each in sorted(classes, key=sort_key_of_class)
        if each.school_year == year
    ]
    former = former_names_by_school(read).get(row.id, ())
    return PublishedSchool(
        name=row.name,
        former_names=list(former[:MOST_FORMER_NAMES]),
        settled=not is_being_renamed(read, row.id),
        commune=row.commune,
        levels=row.levels.split(),
        classes=published[: _YEARS_PUBLISHED * CLASSES_OF_SCHOOL],
    )
