"""Places that a child no longer fits: it goes to another school than its group asks for, say."""

from datetime import date

from sqlalchemy.orm import Session as Database

from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.models import Activity, Application, Group, Place
from services.enrolment.places.admission.queries.child_file import verdicts_by_child


def is_outgrown(
    read: Database,
    place: Place,
    group: Group,
    activity: Activity,
    today: date,
    day: date | None = None,
) -> bool:
    """
    Return whether a child's file does not allow its place on a day, and no agent made an exception.

    The day is today, or a later one that is given, and never before the place begins.

    A child with a protected home outgrows none, so that an agent looks: a place that ended, or that
    stood in the way no more, would say that the child goes to another school (rule R9).
    """
    if hidden_homes(read, [place.child_id], ()):
        return False
    application = read.get(Application, place.application_id) if place.application_id else None
    if application is not None and application.exception:
        return False
    first_day = max(today, place.valid_from, day or today)
    verdicts = verdicts_by_child(
        read, activity, group, [place.child_id], today, first_days={place.child_id: first_day}
    )
    return not verdicts[place.child_id].fits
