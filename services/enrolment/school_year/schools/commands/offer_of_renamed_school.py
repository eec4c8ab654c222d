"""
Conditions and sites of this provider that follow a school's name, its own school's or another's.

A school is published each time it changes: what follows already is left, so that it may come twice.
"""

from datetime import datetime

from sqlalchemy import select

from services.enrolment.kitchen.commands.menus import rename_kitchen_site
from services.enrolment.models import Activity, Group
from services.enrolment.offer.commands.editing import lock_activity, publish_activity_and_cards
from services.enrolment.offer.commands.site_renaming import NameTaken, rename_site
from services.enrolment.offer.queries.schools_in_conditions import activities_asking_for_schools
from services.enrolment.offer.queries.sites import sites_of_groups
from services.enrolment.offer.rules.calendar import school_year_of
from shared.contracts.enrolment.place_conditions import SCHOOL, schools_after_renaming
from shared.contracts.enrolment.school_year.schools import PublishedSchool
from shared.database import Write
from shared.dates.clock import PARIS
from shared.text import folded


def follow_published_school(write: Write, school: PublishedSchool, now: datetime) -> None:
    """
    Let conditions of this year and later ones, and sites, go by what a school is called now.

    While its pupils' dossiers are being told, a condition names both; past years stay as they were.
    """
    if not school["former_names"]:
        return
    year = school_year_of(now.astimezone(PARIS).date())
    for activity_id in activities_asking_for_schools(write, school["former_names"], year):
        _rename_in_conditions(write, activity_id, school, now)
    former = {folded(name) for name in school["former_names"]}
    for site in sites_of_groups(write):
        if folded(site.name) in former:
            _rename_site_of_school(write, site.name, school["name"], now)


def _rename_in_conditions(
    write: Write, activity_id: str, school: PublishedSchool, now: datetime
) -> None:
    activity = lock_activity(write, activity_id)
    groups = write.scalars(select(Group).where(Group.activity_id == activity_id)).all()
    rows: list[Activity | Group] = [activity, *groups]
    for row in rows:
        if _is_changed(row.conditions, school):
            row.conditions = {**row.conditions, SCHOOL: _schools_now(row.conditions, school)}
    write.flush()
    publish_activity_and_cards(write, activity, now)


def _is_changed(conditions: dict[str, list[str]], school: PublishedSchool) -> bool:
    return _schools_now(conditions, school) != conditions.get(SCHOOL, [])


def _schools_now(conditions: dict[str, list[str]], school: PublishedSchool) -> list[str]:
    return schools_after_renaming(
        conditions.get(SCHOOL, []),
        school["former_names"],
        school["name"],
        settled=school["settled"],
    )


def _rename_site_of_school(write: Write, site: str, name: str, now: datetime) -> None:
    """Let a site that is called as the school was follow it, unless another site has the name."""
    try:
        present = rename_site(write, site, name, now)
    except NameTaken:
        return
    if present != site:
        rename_kitchen_site(write, site, present)
