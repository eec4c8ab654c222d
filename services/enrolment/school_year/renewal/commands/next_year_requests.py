"""Requests for next year's place: as a campaign makes one for a line, kept or given."""

from services.enrolment.models import Application, Place, Renewal
from services.enrolment.models.places import RENEWAL
from services.enrolment.places.giving.commands.group_admission import GroupAdmission
from services.enrolment.school_year.renewal.queries.next_year_request_content import (
    sole_household_of_child,
    weekdays_of_next_year,
)
from shared.contracts.enrolment.places.states import DECIDING
from shared.dates.clock import PARIS, midnight
from shared.runtime.ids import new_id


def add_request_for_next_year(
    admission: GroupAdmission, renewal: Renewal, subject: str, weekdays: str | None = None
) -> Application:
    """
    Add a request for the proposed group; the caller decides on it at once.

    In order of arrival it counts from the day the place began: before new applications. It belongs
    to the household that has the place.
    """
    place = admission.write.get(Place, renewal.place_id)
    since = place.valid_from if place else admission.now.astimezone(PARIS).date()
    application = Application(
        id=new_id(),
        child_id=renewal.child_id,
        group_id=admission.group.id,
        subject=subject,
        household_id=sole_household_of_child(
            admission.write, renewal.household_id, renewal.child_id
        ),
        channel=RENEWAL,
        link_version=0,
        weekdays=weekdays_of_next_year(
            admission.write, renewal, admission.group, admission.activity, weekdays
        ),
        from_day=admission.group.first_day,
        criteria=[],
        points=0,
        state=DECIDING,
        reason="",
        reason_detail={},
        submitted_at=min(admission.now, midnight(since)),
    )
    admission.write.add(application)
    admission.write.flush()
    renewal.application_id = application.id
    return application
