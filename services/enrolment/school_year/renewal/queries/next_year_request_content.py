"""Content of next year's request for a line: its days, and the household with the place."""

from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.week_patterns import WHOLE, week_patterns_by_place
from services.enrolment.models import Activity, Application, Group, Place, Renewal
from services.enrolment.places.admission.queries.child_file import households_of_child
from services.enrolment.school_year.renewal.rules.proposals import weekdays_that_group_has
from services.enrolment.school_year.renewal.rules.states import households_with_place


def weekdays_of_next_year(
    read: Database, renewal: Renewal, group: Group, activity: Activity, weekdays: str = ""
) -> str:
    """Return the pattern of next year: as chosen, else as this year, among the group's days."""
    if activity.booking == WHOLE:
        return ""
    return weekdays_that_group_has(weekdays or weekdays_of_this_year(read, renewal), group.weekdays)


def weekdays_of_this_year(read: Database, renewal: Renewal) -> str:
    """Return this year's days, of all the households that hold the place."""
    place = read.get(Place, renewal.place_id)
    if place is None:
        return ""
    pattern = week_patterns_by_place(read, [place])[place.id]
    homes = households_with_place(renewal.household_id, households_of_child(read, place.child_id))
    return "".join(
        sorted({day for home in homes for day in pattern.latest_weekdays_of_household(home)})
    )


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
