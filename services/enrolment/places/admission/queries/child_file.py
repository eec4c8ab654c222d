"""
A child's file from the dossier: whether it has arrived, and what an application needs of it.

A condition is judged on what the register grants the provider, and on nothing else.
"""

from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.models import Activity, ChildCard, ChildGuardian, Group, StoredProjection
from services.enrolment.store import vault
from shared.contracts.enrolment.place_conditions import (
    AGE,
    Applicant,
    NextSchooling,
    Verdict,
    judge_applicant_on,
    projections_needed,
)
from shared.contracts.sections.communes_of_homes import communes_on
from shared.contracts.sections.schooling import NEXT
from shared.database.prebuilt_statements import execute, list_parameter
from shared.json_values import JsonObject
from shared.register.entitlement import CARE_CORE, FAMILY, RESIDENCE, SCHOOLING

FILE = (CARE_CORE, FAMILY)

Births = Mapping[str, date | None]
"""Birth dates by child."""

_children = list_parameter("child_ids")
is_live_file = (
    StoredProjection.projection.in_(FILE),
    StoredProjection.content.is_not(None),
    StoredProjection.erase_after.is_(None),
)
"""Conditions of a part of a file that is here, and stays."""
is_tombstone_of_link = (
    StoredProjection.projection == FAMILY,
    StoredProjection.erase_after.is_not(None),
)
"""Conditions of the row that is left of a link that has ended, until it is erased."""
_WITH_FILE = (
    select(StoredProjection.child_id)
    .where(StoredProjection.child_id.in_(_children), *is_live_file)
    .group_by(StoredProjection.child_id)
    .having(func.count() == len(FILE))
)
_HOUSEHOLDS = select(ChildGuardian.household_id).where(
    ChildGuardian.child_id == bindparam("child_id")
)
_HOUSEHOLDS_OF_GUARDIAN = _HOUSEHOLDS.where(ChildGuardian.subject == bindparam("subject"))
_BORN = select(ChildCard.child_id, ChildCard.birth_date).where(ChildCard.child_id.in_(_children))


def children_with_file(read: Database, child_ids: Collection[str]) -> set[str]:
    """
    Return the children of these with a live care core and family.

    Versions of a link and of projections are counted apart: the projections of an earlier link end
    by its tombstone; a live one was sent for an open link.
    """
    return set(execute(read, _WITH_FILE, child_ids=child_ids).scalars())


def households_of_child(read: Database, child_id: str, subject: str | None = None) -> list[str]:
    """Return the households of a child, or those through which one person is its guardian."""
    if subject is None:
        rows = execute(read, _HOUSEHOLDS, child_id=child_id)
    else:
        rows = execute(read, _HOUSEHOLDS_OF_GUARDIAN, child_id=child_id, subject=subject)
    return sorted(set(rows.scalars()))


def applicants_by_child(
    read: Database,
    child_ids: Collection[str],
    needed: Collection[str],
    day: date,
    born: Births | None = None,
) -> dict[str, Applicant]:
    """
    Return what decides on these children by their files, of the projections `needed` alone.

    `born` are their birth dates, where the caller has read them.
    """
    if born is None:
        born = {row.child_id: row.birth_date for row in execute(read, _BORN, child_ids=child_ids)}
    contents: Mapping[str, dict[str, Any]] = {
        projection: contents_of_projection(read, vault, projection, child_ids)
        if projection in needed
        else {}
        for projection in (SCHOOLING, RESIDENCE)
    }
    return {
        child_id: Applicant(
            born=born.get(child_id),
            **_schooling_of_applicant(contents[SCHOOLING].get(child_id, {})),
            communes=communes_on(contents[RESIDENCE].get(child_id, {}), day),
        )
        for child_id in child_ids
    }


def _schooling_of_applicant(content: JsonObject) -> dict[str, Any]:
    """Return what a projection says of a child's school, and of the one to which it goes next."""
    present = {part: value for part, value in content.items() if part != NEXT}
    coming = content.get(NEXT)
    if coming is None:
        return present
    day = date.fromisoformat(coming["day"])
    return {**present, "next_schooling": NextSchooling(**{**coming, "day": day})}


def verdicts_by_child(
    read: Database,
    activity: Activity,
    group: Group,
    child_ids: Collection[str],
    today: date,
    born: Births | None = None,
    *,
    first_days: Mapping[str, date | None] = MappingProxyType({}),
) -> dict[str, Verdict]:
    """
    Return by child whether it may have a place in a group, as its file is today.

    `first_days` are those of places to come: a child may go to another school by then.
    """
    needed = projections_needed(activity.conditions, group.conditions)
    known = applicants_by_child(read, child_ids, needed, today, born)
    return {
        child_id: verdict_in_group(
            applicant, activity, group, today, first_day=first_days.get(child_id)
        )
        for child_id, applicant in known.items()
    }


def verdict_in_group(
    applicant: Applicant,
    activity: Activity,
    group: Group,
    today: date,
    *,
    first_day: date | None = None,
) -> Verdict:
    """Return whether a child may have a place in a group from a day on, by what is known of it."""
    return judge_applicant_on(
        applicant,
        (group.born_from, group.born_to),
        activity.conditions,
        group.conditions,
        school_year=activity.school_year,
        first_day=max(first_day or today, group.first_day),
        today=today,
    )


def verdict_for_household(
    read: Database,
    activity: Activity,
    group: Group,
    child_id: str,
    household_id: str | None,
    today: date,
    born: Births | None = None,
    *,
    first_day: date | None = None,
) -> Verdict:
    """
    Return the verdict on an application of one household, for a place from a day on.

    Of a child with a protected home, another household's application is judged by age alone: a
    refusal would say where the child lives or goes to school (rule R9). The desk is shown the rest.
    """
    verdict = verdicts_by_child(
        read, activity, group, [child_id], today, born, first_days={child_id: first_day}
    )[child_id]
    if not verdict.unmet and not verdict.unknown:  # there is nothing to hide
        return verdict
    if not hidden_homes(read, [child_id], {household_id} if household_id else ()).get(child_id):
        return verdict
    return Verdict(tuple(kind for kind in verdict.unmet if kind == AGE))
