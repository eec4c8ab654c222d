"""
Moves what a guardian asked for to the home that a separation gave (the dossier's `family`).

An application is its home's whose guardian asked; with it go the renewal and the upcoming bookings
of its place. Its weekdays are both homes' from then on (week_patterns_of_new_homes.py). What is
billed by the place keeps the payer whom billing received.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update

from services.enrolment.families.commands.week_patterns_of_new_homes import copy_pattern_to_home
from services.enrolment.families.rules.home_of_application import home_of_application
from services.enrolment.models import (
    Application,
    Booking,
    ChildGuardian,
    Place,
    Renewal,
    Session,
)
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter

GuardianHomes = Mapping[str, Mapping[str, set[str]]]
"""Households in which a guardian answers for a child, by child and guardian."""

_children = list_parameter("child_ids")
_GIVEN_TO_A_HOME = (
    select(Application)
    .where(Application.child_id.in_(_children), Application.household_id.is_not(None))
    .order_by(Application.id)
)
_GUARDIANS = select(*ChildGuardian.__table__.c).where(ChildGuardian.child_id.in_(_children))


def move_applications_with_guardians(
    write: Write,
    child_ids: Collection[str],
    homes: GuardianHomes,
    now: datetime,
) -> None:
    """
    Give each application of these children to the home of who asked; safe to repeat.

    `homes` are those of their guardians now, by child.
    """
    for application in write.scalars(_GIVEN_TO_A_HOME, {"child_ids": list(child_ids)}).all():
        before = application.household_id
        after = home_of_application(before or "", application.subject, homes[application.child_id])
        if after != before:
            application.household_id = after
            write.flush()
            _take_places_to_home(write, application, before or "", after, now)


def homes_by_child_and_guardian(write: Write, child_ids: Collection[str]) -> GuardianHomes:
    """Return by child, by guardian, the households in which that guardian answers for it."""
    homes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in execute(write, _GUARDIANS, child_ids=child_ids):
        homes[row.child_id][row.subject].add(row.household_id)
    return homes


def _take_places_to_home(
    write: Write, application: Application, before: str, after: str, now: datetime
) -> None:
    places = select(Place.id).where(Place.application_id == application.id).scalar_subquery()
    for place_id in write.scalars(select(Place.id).where(Place.id.in_(places))).all():
        copy_pattern_to_home(write, place_id, before, after)
    write.execute(
        update(Renewal)
        .where(Renewal.place_id.in_(places), Renewal.household_id == before)
        .values(household_id=after)
        .execution_options(synchronize_session=False)
    )
    asked = select(Renewal.application_id).where(Renewal.place_id.in_(places)).scalar_subquery()
    write.execute(
        update(Application)
        .where(Application.id.in_(asked), Application.household_id == before)
        .values(household_id=after)
    )
    upcoming = select(Session.id).where(
        Session.group_id == application.group_id, Session.starts_at > now
    )
    write.execute(
        update(Booking)
        .where(
            Booking.child_id == application.child_id,
            Booking.household_id == before,
            Booking.session_id.in_(upcoming.scalar_subquery()),
        )
        .values(household_id=after)
    )
