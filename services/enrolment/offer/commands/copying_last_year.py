"""
"Copy last year": activities are copied as drafts with moved dates, and the differences shown.

Nothing is open until the administrator opens it: no session is made before.
"""

from collections.abc import Iterable

from services.enrolment.models import Activity
from services.enrolment.offer.commands.calendar.days import import_school_year
from services.enrolment.offer.queries.copied_year_preview import preview_copies
from services.enrolment.offer.rules.calendar import next_school_year
from shared.database import Write


def copy_activities(write: Write, school_year: str, activity_ids: Iterable[str]) -> list[Activity]:
    """Add the drafts of these activities for the next year; those copied before are left out."""
    import_school_year(write, next_school_year(school_year))
    chosen = set(activity_ids)
    added = []
    for copy in preview_copies(write, school_year)[0]:
        if copy.before.id in chosen and not copy.done:
            write.add(copy.after)
            write.flush()
            write.add_all(group.after for group in copy.groups)
            added.append(copy.after)
    write.flush()
    return added
