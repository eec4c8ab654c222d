"""Requests of families about places and days of a child."""

from dataclasses import replace

from services.enrolment.bookings.queries import child_calendar
from services.enrolment.handlers.caller_rights import (
    is_child_week_shown,
    is_family_person,
    is_guardian_of_child,
    is_guardian_or_carer,
)
from services.enrolment.handlers.orders.order_entry_points import Orders
from services.enrolment.offer.queries.calendar_days import special_days
from services.enrolment.store import store
from shared.bus import PORTAL, answers
from shared.contracts.enrolment.places import family_acts
from shared.contracts.enrolment.school_year import renewals
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import now


class Families(Orders):
    """Another household's child does not exist for a family."""

    @answers(family_acts.apply, callers=[PORTAL], right=is_family_person)
    def apply(
        self, write: Write, request: family_acts.ApplyRequest, caller: Caller
    ) -> family_acts.ApplyAnswer:
        """Take an application in, in its turn; the child's file may still be on its way."""
        return self._carry_out_order(family_acts.apply, write, request, caller)

    @answers(family_acts.withdraw_application, callers=[PORTAL], right=is_family_person)
    def withdraw_application(
        self, write: Write, request: family_acts.WithdrawApplicationRequest, caller: Caller
    ) -> family_acts.ApplicationStatus:
        """Take an application back, or give its place up from tomorrow on."""
        return self._carry_out_order(family_acts.withdraw_application, write, request, caller)

    @answers(family_acts.answer_offer, callers=[PORTAL], right=is_family_person)
    def answer_offer(
        self, write: Write, request: family_acts.AnswerOfferRequest, caller: Caller
    ) -> family_acts.ApplicationStatus:
        """Accept or decline a place that was offered."""
        return self._carry_out_order(family_acts.answer_offer, write, request, caller)

    @answers(family_acts.calendar, callers=[PORTAL], right=is_child_week_shown)
    def calendar(
        self, request: family_acts.CalendarRequest, caller: Caller
    ) -> family_acts.CalendarAnswer:
        """Return the child's sessions, booked or bookable, and why other days are empty."""
        with store.read() as read:
            answer = child_calendar.calendar_for_guardian(read, request, caller.subject, now())
            days = special_days(read, request.first, request.last)
        apart: list[family_acts.SpecialDay] = [
            {"day": each.day, "kind": each.kind, "label": each.label} for each in days
        ]
        return replace(answer, special_days=apart)

    @answers(family_acts.change_bookings, callers=[PORTAL], right=is_guardian_of_child)
    def change_bookings(
        self, write: Write, request: family_acts.ChangeBookingsRequest, caller: Caller
    ) -> family_acts.BookingOutcomes:
        """Book and cancel single sessions."""
        return self._carry_out_order(family_acts.change_bookings, write, request, caller)

    @answers(family_acts.set_week, callers=[PORTAL], right=is_guardian_of_child)
    def set_week(
        self, write: Write, request: family_acts.SetWeekRequest, caller: Caller
    ) -> family_acts.BookingOutcomes:
        """Set the weekdays of a place."""
        return self._carry_out_order(family_acts.set_week, write, request, caller)

    @answers(family_acts.declare_absence, callers=[PORTAL], right=is_guardian_or_carer)
    def declare_absence(
        self, write: Write, request: family_acts.DeclareAbsenceRequest, caller: Caller
    ) -> family_acts.BookingOutcomes:
        """Note that the child will not come."""
        return self._carry_out_order(family_acts.declare_absence, write, request, caller)

    @answers(renewals.answer_renewal, callers=[PORTAL], right=is_guardian_of_child)
    def answer_renewal(
        self, write: Write, request: renewals.AnswerRenewalRequest, caller: Caller
    ) -> renewals.AnswerRenewalAnswer:
        """Take a family's answer to one line of a campaign."""
        return self._carry_out_order(renewals.answer_renewal, write, request, caller)
