"""Erasure of what has ended, and of what tablets and the desk need no more."""

from collections.abc import Callable
from datetime import timedelta

from services.enrolment.attendance.handovers_between_services.commands import declared_handovers
from services.enrolment.attendance.quantities.commands import erasing_days
from services.enrolment.attendance.roll_call.commands import roll_list
from services.enrolment.attendance.staff.commands.shifts import forget_past_shifts
from services.enrolment.attendance.tablets.commands import tablets
from services.enrolment.children.commands import replica
from services.enrolment.children.commands.whole_name_lookup import forget_counts_of_vain_names
from services.enrolment.conversations.commands import message_files, retention, thread_audience
from services.enrolment.families.commands import notices
from services.enrolment.offer.commands.closing.bookings_put_aside import forget_bookings_put_aside
from services.enrolment.places.placing.commands import erasing_places
from services.enrolment.school_year.enrolments.commands import erasing_enrolments
from services.enrolment.school_year.enrolments.commands import requests as school_requests
from services.enrolment.school_year.schools.commands import moving_up, onde
from services.enrolment.store import sessions, store, vault
from shared.bus import Service, every
from shared.database import Write
from shared.dates.clock import now, today
from shared.dates.retention_periods import first_day_kept

ERASE_SECONDS = 60.0
FORGET_SECONDS = 600.0
KEPT_NEWS = timedelta(days=60)
"""Time for which contents of a notice are kept: as long as the portal shows it."""


class Retention(Service):
    """Each step erases a bounded number of rows."""

    @every(ERASE_SECONDS, jitter=10.0)
    def erase_due(self) -> None:
        """Erase what ended, once it may be: a care core a day after the last session (rule R6)."""
        _repeat_until_done(_erase_due_contents)
        _repeat_until_done(lambda write: retention.erase_due_conversations(write, vault, now()))

    @every(FORGET_SECONDS, jitter=60.0)
    def erase_past_activities(self) -> None:
        """Erase days, places and enrolments of school years that are kept no longer."""
        day = today()
        first_kept = first_day_kept(day, store.register.now.town.activity_retention)
        _repeat_until_done(
            lambda write: erasing_days.erase_days_before(write, vault, first_kept, day)
        )
        _repeat_until_done(lambda write: erasing_places.erase_places_before(write, first_kept))
        _repeat_until_done(
            lambda write: erasing_enrolments.erase_enrolments_before(
                write, vault, first_kept, now()
            )
        )

    @every(FORGET_SECONDS, jitter=60.0)
    def forget(self) -> None:
        """Delete the desk's sessions that are over, and what tablets need no more."""
        with store.write() as write:
            sessions.delete_expired(write, now())
            tablets.forget_past_duties(write, now())
            roll_list.forget_past_readings(write, now())
            declared_handovers.forget_past_service_handovers(write, today())
            forget_bookings_put_aside(write, today())
            forget_counts_of_vain_names(write, today())
            forget_past_shifts(write, today())
            notices.forget_contents_of_notices(write, now() - KEPT_NEWS)
            school_requests.erase_requests_of_gone_children(write, vault, now())
        with store.write() as write:
            message_files.erase_parts_without_message(write, vault, now())
        with store.read() as read:
            undecided = onde.drafts_to_forget(read, now())
        for moves_id in undecided:
            with store.write() as write:
                moving_up.discard_draft(write, vault, moves_id)


def _repeat_until_done(erase: Callable[[Write], int]) -> None:
    """Erase some rows at a time, each time in a transaction of its own, until none are left."""
    erased = 1
    while erased:
        with store.write() as write:
            erased = erase(write)


def _erase_due_contents(write: Write) -> int:
    erased, former = replica.erase_due_contents(write, vault, now())
    thread_audience.update_readers_of_threads(write, vault, former, now())
    return erased
