"""Requests of families about places and days of a child."""

from services.enrolment.bookings.queries import child_calendar
from services.enrolment.handlers.caller_rights import (
    family_person,
    guardian_of_child,
    guardian_or_carer,
    sees_week,
)
from services.enrolment.handlers.orders.requests import Orders
from services.enrolment.store import store
from shared.bus import PORTAL, answers
from shared.contracts.enrolment import places
from shared.contracts.enrolment.school_year import renewals
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import now


class Families(Orders):
    """Another household's child does not exist for a family."""

    @answers(places.apply, callers=[PORTAL], right=family_person)
    def apply(
        self, write: Write, request: places.ApplyRequest, caller: Caller
    ) -> places.ApplyAnswer:
        """Take an application in, in its turn; the child's file may still be on its way."""
        return self._carry_out_order(places.apply, write, request, caller)

    @answers(places.withdraw_application, callers=[PORTAL], right=family_person)
    def withdraw_application(
        self, write: Write, request: places.WithdrawApplicationRequest, caller: Caller
    ) -> places.ApplicationStatus:
        """Take an application back, or give its place up from tomorrow on."""
        return self._carry_out_order(places.withdraw_application, write, request, caller)

    @answers(places.answer_offer, callers=[PORTAL], right=family_person)
    def answer_offer(
        self, write: Write, request: places.AnswerOfferRequest, caller: Caller
    ) -> places.ApplicationStatus:
        """Accept or decline a place that was offered."""
        return self._carry_out_order(places.answer_offer, write, request, caller)

    @answers(places.calendar, callers=[PORTAL], right=sees_week)
    def calendar(self, request: places.CalendarRequest, caller: Caller) -> places.CalendarAnswer:
        """Return the child's sessions, booked or bookable."""
        with store.read() as read:
            return child_calendar.calendar_for_guardian(read, request, caller.subject, now())

    @answers(places.change_bookings, callers=[PORTAL], right=guardian_of_child)
    def change_bookings(
        self, write: Write, request: places.ChangeBookingsRequest, caller: Caller
    ) -> places.BookingOutcomes:
        """Book and cancel single sessions."""
        return self._carry_out_order(places.change_bookings, write, request, caller)

    @answers(places.set_week, callers=[PORTAL], right=guardian_of_child)
    def set_week(
        self, write: Write, request: places.SetWeekRequest, caller: Caller
    ) -> places.BookingOutcomes:
        """Set the weekdays of a place."""
        return self._carry_out_order(places.set_week, write, request, caller)

    @answers(places.declare_absence, callers=[PORTAL], right=guardian_or_carer)
    def declare_absence(
        self, write: Write, request: places.DeclareAbsenceRequest, caller: Caller
    ) -> places.BookingOutcomes:
        """Note that the child will not come."""
        return self._carry_out_order(places.declare_absence, write, request, caller)

    @answers(renewals.answer_renewal, callers=[PORTAL], right=guardian_of_child)
    def answer_renewal(
        self, write: Write, request: renewals.AnswerRenewalRequest, caller: Caller
    ) -> renewals.AnswerRenewalAnswer:
        """Take a family's answer to one line of a campaign."""
        return self._carry_out_order(renewals.answer_renewal, write, request, caller)
