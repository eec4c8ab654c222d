"""Next year's request for a place: as a campaign makes it for a line, kept or given."""

from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.week_patterns import WHOLE, patterns_of
from services.enrolment.models import Activity, Application, Group, Place, Renewal
from services.enrolment.models.places import RENEWAL
from services.enrolment.places.admission.queries.child_file import households_of
from services.enrolment.places.giving.commands.giving import Giving
from services.enrolment.renewal.rules.proposals import weekdays_kept
from services.enrolment.renewal.rules.states import holders_of
from shared.contracts.enrolment.places import DECIDING
from shared.dates.clock import PARIS, midnight
from shared.runtime.ids import new_id


def request_for(hand: Giving, renewal: Renewal, subject: str, weekdays: str = "") -> Application:
    """
    Add a request for the proposed group; the caller decides on it at once.

    In order of arrival it stands since the day the place began: before who is new. It belongs to
    the household that holds the place.
    """
    place = hand.write.get(Place, renewal.place_id)
    since = place.valid_from if place else hand.now.astimezone(PARIS).date()
    application = Application(
        id=new_id(),
        child_id=renewal.child_id,
        group_id=hand.group.id,
        subject=subject,
        household_id=sole_holder(hand.write, renewal.household_id, renewal.child_id),
        channel=RENEWAL,
        link_version=0,
        weekdays=chosen_days(hand.write, renewal, hand.group, hand.activity, weekdays),
        from_day=hand.group.first_day,
        criteria=[],
        points=0,
        state=DECIDING,
        reason="",
        reason_detail={},
        submitted_at=min(hand.now, midnight(since)),
    )
    hand.write.add(application)
    hand.write.flush()
    renewal.application_id = application.id
    return application


def chosen_days(
    read: Database, renewal: Renewal, group: Group, activity: Activity, weekdays: str = ""
) -> str:
    """Return the pattern of next year: as chosen, else as this year, among the group's days."""
    if activity.booking == WHOLE:
        return ""
    return weekdays_kept(weekdays or days_now(read, renewal), group.weekdays)


def days_now(read: Database, renewal: Renewal) -> str:
    """Return this year's days, of all the households that hold the place."""
    place = read.get(Place, renewal.place_id)
    if place is None:
        return ""
    pattern = patterns_of(read, [place])[place.id]
    homes = holders_of(renewal.household_id, households_of(read, place.child_id))
    return "".join(sorted({day for home in homes for day in pattern.weekdays_of(home)}))


def holder_of(read: Database, place: Place) -> str | None:
    """Return the one household that holds a place; None where all of the child's do."""
    asked = read.get(Application, place.application_id) if place.application_id else None
    return sole_holder(read, asked.household_id if asked else None, place.child_id)


def sole_holder(read: Database, household_id: str | None, child_id: str) -> str | None:
    """Return the household that holds a child's place alone, as the child lives now."""
    held = holders_of(household_id, households_of(read, child_id))
    return next(iter(held)) if len(held) == 1 else None
