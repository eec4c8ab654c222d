"""Content of next year's request for a line: its days, and the household with the place."""

from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.week_patterns import WHOLE, week_patterns_by_place
from services.enrolment.models import Activity, Application, Group, Place, Renewal
from services.enrolment.places.admission.queries.child_file import households_of_child
from services.enrolment.school_year.renewal.rules.proposals import weekdays_that_group_has
from services.enrolment.school_year.renewal.rules.states import households_with_place


def weekdays_of_next_year(
    read: Database,
    renewal: Renewal,
    group: Group,
    activity: Activity,
    chosen: str | None = None,
) -> str:
    """
    Return the pattern of next year, among the group's days: as chosen, "" for no fixed day.

    As this year where nothing was chosen (None).
    """
    if activity.booking == WHOLE:
        return ""
    days = weekdays_of_this_year(read, renewal) if chosen is None else chosen
    return weekdays_that_group_has(days, group.weekdays)


def weekdays_of_this_year(read: Database, renewal: Renewal) -> str:
    """
    Return this year's days, of all the households that hold the place; "" for no fixed day.

    Those of the group where the place is booked whole, or is no longer there.
    """
    place = read.get(Place, renewal.place_id)
    pattern = week_patterns_by_place(read, [place])[place.id] if place else None
    if place is None or pattern is None or pattern.booking == WHOLE:
        return read.get_one(Group, renewal.from_group_id).weekdays
    homes = households_with_place(renewal.household_id, households_of_child(read, place.child_id))
    return pattern.latest_weekdays_of_households(homes)


def sole_household_of_place(read: Database, place: Place) -> str | None:
    """Return the one household with a place; None if all of the child's have it."""
    application = read.get(Application, place.application_id) if place.application_id else None
    return sole_household_of_child(
        read, application.household_id if application else None, place.child_id
    )


def sole_household_of_child(read: Database, household_id: str | None, child_id: str) -> str | None:
    """Return the household that has a child's place alone, as the child lives now."""
    holders = households_with_place(household_id, households_of_child(read, child_id))
    return next(iter(holders)) if len(holders) == 1 else None
