"""Requests of families about the places and days of a child."""

from typing import Any

from services.enrolment.bookings.queries import child_calendar
from services.enrolment.handlers.orders import Orders
from services.enrolment.handlers.rights import family_person, guardian_of_child, guardian_or_carer
from services.enrolment.store import store
from shared.bus import PORTAL, answers
from shared.contracts.enrolment import places, renewals
from shared.database import Write
from shared.dates.clock import now


class Families(Orders):
    """Another household's child does not exist for a family."""

    @answers(places.apply, callers=[PORTAL], right=family_person)
    def apply(self, write: Write, request: Any) -> dict[str, Any]:
        """Take an application in, in its turn; the child's file may still be on its way."""
        return self._ordered(places.apply, write, request)

    @answers(places.withdraw_application, callers=[PORTAL], right=family_person)
    def withdraw_application(self, write: Write, request: Any) -> dict[str, Any]:
        """Take an application back, or give its place up from tomorrow on."""
        return self._ordered(places.withdraw_application, write, request)

    @answers(places.answer_offer, callers=[PORTAL], right=family_person)
    def answer_offer(self, write: Write, request: Any) -> dict[str, Any]:
        """Accept or decline a place that was offered."""
        return self._ordered(places.answer_offer, write, request)

    @answers(places.calendar, callers=[PORTAL], right=guardian_or_carer)
    def calendar(self, request: Any) -> dict[str, Any]:
        """Return the child's sessions, booked or bookable."""
        with store.read() as read:
            return child_calendar.calendar(read, request, now())

    @answers(places.change_bookings, callers=[PORTAL], right=guardian_of_child)
    def change_bookings(self, write: Write, request: Any) -> dict[str, Any]:
        """Book and cancel single sessions."""
        return self._ordered(places.change_bookings, write, request)

    @answers(places.set_week, callers=[PORTAL], right=guardian_of_child)
    def set_week(self, write: Write, request: Any) -> dict[str, Any]:
        """Set the weekdays of a place."""
        return self._ordered(places.set_week, write, request)

    @answers(places.declare_absence, callers=[PORTAL], right=guardian_or_carer)
    def declare_absence(self, write: Write, request: Any) -> dict[str, Any]:
        """Note that the child will not come."""
        return self._ordered(places.declare_absence, write, request)

    @answers(renewals.answer_renewal, callers=[PORTAL], right=guardian_of_child)
    def answer_renewal(self, write: Write, request: Any) -> dict[str, Any]:
        """Take a family's answer to one line of a campaign."""
        return self._ordered(renewals.answer_renewal, write, request)
