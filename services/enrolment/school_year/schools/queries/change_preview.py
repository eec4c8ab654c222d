"""Numbers of what follows a school when it is called otherwise."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.enrolment.models import (
    CatchmentStreet,
    School,
    SchoolDirector,
    SchoolEnrolment,
    SchoolWaiver,
)
from services.enrolment.offer.queries.schools_in_conditions import activities_asking_for_schools
from services.enrolment.offer.queries.sites import sites_of_groups
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.schools.queries.catchment import has_drawn_area
from services.enrolment.school_year.schools.queries.pupils import count_pupils
from services.enrolment.school_year.schools.queries.school_changes import former_names_by_school
from shared.contracts.enrolment.school_year.enrolments import WAITING
from shared.database import Vault
from shared.database.tables.validity import not_ended_before_condition
from shared.text import folded


@dataclass(frozen=True)
class ChangePreview:
    """
    Counts of all that names a school today; they identify nobody.

    `activities` and `groups`, those that meet there, are this provider's own.
    """

    pupils: int
    activities: int
    groups: int
    directors: int
    streets: int
    has_area: bool
    waivers: int
    certificates: int


def preview_of_change(read: Session, vault: Vault, school: School, day: date) -> ChangePreview:
    """Return what follows a school, as it is on a day."""
    year = school_year_of(day)
    names = [school.name, *former_names_by_school(read).get(school.id, ())]
    keys = {folded(name) for name in names}
    active = (SchoolEnrolment.withdrawn_at.is_(None), SchoolEnrolment.school_year >= year)
    kept = not_ended_before_condition(SchoolDirector.valid_to, day)
    return ChangePreview(
        pupils=count_pupils(read, vault, [school.id]).get(school.id, Counter()).total(),
        activities=len(activities_asking_for_schools(read, names, year)),
        groups=sum(site.groups for site in sites_of_groups(read) if folded(site.name) in keys),
        directors=_count(read, SchoolDirector, school, kept),
        streets=_count(read, CatchmentStreet, school),
        has_area=has_drawn_area(read, school.id),
        waivers=_count(read, SchoolWaiver, school, SchoolWaiver.state == WAITING),
        certificates=_count(read, SchoolEnrolment, school, *active),
    )


_OfSchool = (
    type[SchoolDirector] | type[CatchmentStreet] | type[SchoolWaiver] | type[SchoolEnrolment]
)


def _count(read: Session, table: _OfSchool, school: School, *where: ColumnElement[bool]) -> int:
    of_school = select(func.count()).select_from(table).where(table.school_id == school.id)
    return read.scalar(of_school.where(*where)) or 0
