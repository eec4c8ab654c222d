"""Shifts of staff by site as planned: a week, the names that are known, who is there already."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.staff.rules.ratios import Team
from services.enrolment.attendance.staff.rules.same_person_by_name import has_overlap_of_hours
from services.enrolment.models import StaffShift, Subject, SubjectRight
from services.enrolment.models.days.staff import IN_TRAINING, QUALIFIED, UNQUALIFIED
from shared.contracts.identity.accounts import WHOLE_OFFICE
from shared.database.tables.validity import not_ended_before_condition
from shared.text import collation_key

MOST_NAMES = 200


def shifts_at_site_between(
    read: Database, site: str, first: date, last: date
) -> Sequence[StaffShift]:
    """Return who works at a site between two days, by day, hour and name."""
    chosen = StaffShift.day.between(first, last), StaffShift.site == site
    rows = read.scalars(select(StaffShift).where(*chosen))
    return sorted(rows, key=lambda row: (row.day, row.starts, collation_key(row.name)))


def shifts_of_day_by_site(
    read: Database, day: date, sites: Collection[str]
) -> dict[str, list[StaffShift]]:
    """Return who works on a day by site; a site without anybody is not there."""
    found: dict[str, list[StaffShift]] = {}
    for row in read.scalars(select(StaffShift).where(StaffShift.day == day)):
        if row.site in sites:
            found.setdefault(row.site, []).append(row)
    return found


def sites_with_staff(read: Database, first: date, last: date) -> set[str]:
    """Return the sites at which anybody is planned between two days."""
    chosen = StaffShift.day.between(first, last)
    return set(read.scalars(select(StaffShift.site).where(chosen).distinct()))


def overlapping_shift_of_person(
    read: Database, person: str, day: date, starts: str, ends: str
) -> StaffShift | None:
    """Return hours of somebody that meet others on a day, whatever the site; None without any."""
    own = read.scalars(select(StaffShift).filter_by(day=day, person=person))
    return next(
        (row for row in own if has_overlap_of_hours(row.starts, row.ends, starts, ends)), None
    )


def team_of_shifts(shifts: Iterable[StaffShift]) -> Team:
    """Return the persons of a day by qualification, each once."""
    by_person = {shift.person: shift.qualification for shift in shifts}
    counted = Counter(by_person.values())
    return Team(counted[QUALIFIED], counted[IN_TRAINING], counted[UNQUALIFIED])


def known_names_at_site(
    read: Database, site: str, since: date, roles: Collection[str], place: str, day: date
) -> list[str]:
    """Return the names that one may mean at a site: of its agents, and of who worked there."""
    worked = (
        select(StaffShift.name).where(StaffShift.site == site, StaffShift.day >= since).distinct()
    )
    running = not_ended_before_condition(SubjectRight.valid_to, day)
    agents = (
        select(Subject.name)
        .join(SubjectRight, SubjectRight.subject == Subject.subject)
        .where(Subject.active, Subject.kind == "agent", SubjectRight.valid_from <= day, running)
        .where(SubjectRight.role.in_(roles), SubjectRight.place.in_([WHOLE_OFFICE, place]))
        .distinct()
    )
    names = {*read.scalars(worked.limit(MOST_NAMES)), *read.scalars(agents.limit(MOST_NAMES))}
    return sorted(names - {""}, key=collation_key)
