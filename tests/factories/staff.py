"""A declared reception at a site, the children booked there, and who works: for tests of staff."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from services.enrolment.attendance.staff.commands.activity_declarations import (
    store_declaration_terms,
)
from services.enrolment.attendance.staff.commands.shifts import Hours, plan_shifts_of_person
from services.enrolment.attendance.staff.rules.children_per_adult import Terms
from services.enrolment.models import Group
from services.enrolment.models.days.staff import QUALIFIED
from services.enrolment.store import store
from shared.dates.clock import today
from tests.factories import attendance, offer
from tests.factories.enrolment import Child, Provider

NORTH, SOUTH = "École Jules-Ferry", "École Pasteur"
EVENING = "evening_care"


def a_reception(site: str = NORTH, label: str = "Accueil du soir", **group: Any) -> Group:
    """Add an activity at a site with a group that meets every day of three weeks, all day long."""
    with store.write() as write:
        activity = offer.an_activity(write, site=site, code=EVENING, label=label)
        hours = {"starts": "00:00", "ends": "23:59", "last_day": today() + timedelta(days=21)}
        return offer.a_group(write, activity, label=f"{label} {site}", **{**hours, **group})


def is_declared(*, with_pedt: bool = False) -> None:
    """Let the evenings at school be a declared reception."""
    with store.write() as write:
        store_declaration_terms(write, EVENING, Terms(True, with_pedt))


def come(
    provider: Provider, group: Group, count: int, day: date, *, age: int = 4
) -> Sequence[Child]:
    """Let children of an age arrive, booked on a day."""
    born = f"{day.year - age}-01-01"
    children = [Child(f"Enfant{number}", f"Équipe{age}", born) for number in range(count)]
    for child in children:
        provider.receives_child(child)
    with store.write() as write:
        for child in children:
            attendance.booked(write, offer.session_on(write, group, day), child.id)
    return children


def works(
    name: str,
    *days: date,
    site: str = NORTH,
    starts: str = "00:00",
    ends: str = "23:59",
    qualification: str = QUALIFIED,
    directs: bool = False,
) -> None:
    """Plan somebody's hours on some days. Raises AlreadyPlanned, TooMany."""
    hours = Hours(name, qualification, directs, starts, ends)
    with store.write() as write:
        plan_shifts_of_person(write, site, days, hours)
