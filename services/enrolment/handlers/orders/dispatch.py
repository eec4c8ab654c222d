"""
Orders that a guardian may give this provider, for both ways in which an order comes.

A request is handled at once; a signed order waited until the provider was back. The decision is the
same code: only the two moments of `OrderTime` differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.enrolment.bookings.commands import absences, single_session_bookings, week_pattern
from services.enrolment.bookings.commands.absences import Regimes
from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.children.commands.child_file_locks import lock_files
from services.enrolment.conversations.commands import guardian_messages
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.queries.applications import application_state_for_answer
from services.enrolment.school_year.enrolments.commands import catchment_waivers as school_waivers
from services.enrolment.school_year.enrolments.commands import requests as school_requests
from services.enrolment.school_year.renewal.commands import answers as renewal_answers
from services.enrolment.store import vault
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.places import family_acts
from shared.contracts.enrolment.school_year import enrolments as school_enrolments
from shared.contracts.enrolment.school_year import renewals
from shared.contracts.message import Caller, Method
from shared.database import Write
from shared.dates import clock

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True)
class Order(Generic[Q, A]):
    """One thing that may be ordered; `decide` raises a Refusal, and checks whose child it is."""

    contract: Method[Q, A]
    decide: Callable[[Write, Q, Caller, OrderTime, Regimes], A]


def apply_for_place(
    write: Write,
    request: family_acts.ApplyRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> family_acts.ApplyAnswer:
    """Apply for a place; the order of arrival is that in which the group is locked."""
    lock_files(write, [request.child_id])
    lock_groups(write, {request.group_id})
    moment = clock.now()
    ordered = order_time.ordered if order_time.has_waited else moment
    new = applications.make_family_application(request, caller, ordered)
    applied = applications.apply_and_rank(write, new, moment)
    return application_state_for_answer(write, applied.application, applied.rank)


def withdraw_application(
    write: Write,
    request: family_acts.WithdrawApplicationRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> family_acts.ApplicationStatus:
    ids = request.application_id, request.child_id, caller.subject
    return family_acts.ApplicationStatus(
        applications.withdraw_application(write, *ids, order_time.now)
    )


def answer_offer(
    write: Write,
    request: family_acts.AnswerOfferRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> family_acts.ApplicationStatus:
    ids = request.application_id, request.child_id, caller.subject
    state = applications.answer_offer(
        write, *ids, request.accept, order_time.now, order_time.ordered
    )
    return family_acts.ApplicationStatus(state)


def change_bookings(
    write: Write,
    request: family_acts.ChangeBookingsRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> family_acts.BookingOutcomes:
    return single_session_bookings.change_bookings(write, request, caller.subject, order_time)


def set_week(
    write: Write,
    request: family_acts.SetWeekRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> family_acts.BookingOutcomes:
    return week_pattern.set_weekdays_for_guardian(write, request, caller.subject, order_time)


def declare_absence(
    write: Write,
    request: family_acts.DeclareAbsenceRequest,
    caller: Caller,
    order_time: OrderTime,
    regimes: Regimes,
) -> family_acts.BookingOutcomes:
    return absences.declare_absence(write, request, caller.subject, order_time, regimes)


def start_thread(
    write: Write,
    request: conversations.StartThreadRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> conversations.ThreadWritten:
    return guardian_messages.start_thread(write, request, caller.subject, order_time)


def reply(
    write: Write,
    request: conversations.ReplyRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> conversations.ThreadWritten:
    return guardian_messages.store_reply_of_guardian(write, request, caller.subject, order_time)


def answer_renewal(
    write: Write,
    request: renewals.AnswerRenewalRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> renewals.AnswerRenewalAnswer:
    return renewal_answers.answer_renewal(write, request, caller.subject, order_time)


def request_school(
    write: Write,
    request: school_enrolments.RequestSchoolRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> school_enrolments.SchoolRequestStatus:
    """Ask for a school; the order of arrival is that in which families pressed the button."""
    new = school_requests.make_family_request(request, caller, order_time.ordered)
    row = school_requests.ask_for_school(write, vault, new, order_time.now)
    return school_enrolments.SchoolRequestStatus(row.id, row.state)


def withdraw_school_request(
    write: Write,
    request: school_enrolments.WithdrawSchoolRequestRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> school_enrolments.SchoolRequestStatus:
    ids = request.child_id, request.request_id, caller.subject
    row = school_requests.withdraw_request(write, vault, *ids, order_time.now)
    return school_enrolments.SchoolRequestStatus(row.id, row.state)


def request_waiver(
    write: Write,
    request: school_enrolments.RequestWaiverRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> school_enrolments.WaiverStatus:
    ids = request.child_id, request.request_id
    row = school_waivers.ask_for_waiver(
        write, vault, *ids, request.wish, caller.subject, order_time.now
    )
    return school_enrolments.WaiverStatus(row.id, row.state)


def withdraw_waiver(
    write: Write,
    request: school_enrolments.WithdrawWaiverRequest,
    caller: Caller,
    order_time: OrderTime,
    _: Regimes,
) -> school_enrolments.WaiverStatus:
    ids = request.child_id, request.waiver_id, caller.subject
    row = school_waivers.withdraw_waiver(write, vault, *ids, order_time.now)
    return school_enrolments.WaiverStatus(row.id, row.state)


_ORDERS: tuple[Order[Any, Any], ...] = (
    Order(family_acts.apply, apply_for_place),
    Order(family_acts.withdraw_application, withdraw_application),
    Order(family_acts.answer_offer, answer_offer),
    Order(family_acts.change_bookings, change_bookings),
    Order(family_acts.set_week, set_week),
    Order(family_acts.declare_absence, declare_absence),
    Order(conversations.start_thread, start_thread),
    Order(conversations.reply, reply),
    Order(renewals.answer_renewal, answer_renewal),
    Order(school_enrolments.request_school, request_school),
    Order(school_enrolments.withdraw_school_request, withdraw_school_request),
    Order(school_enrolments.request_waiver, request_waiver),
    Order(school_enrolments.withdraw_waiver, withdraw_waiver),
)
ORDERS: Mapping[str, Order[Any, Any]] = {order.contract.name: order for order in _ORDERS}
"""Orders by the name of their method: a signed order can do nothing else."""


def carry_out_order(
    method: Method[Q, A],
    write: Write,
    request: Q,
    caller: Caller,
    order_time: OrderTime,
    regimes: Regimes,
) -> A:
    """Carry out a guardian's order; raises a Refusal."""
    order: Order[Q, A] = ORDERS[method.name]
    return order.decide(write, request, caller, order_time, regimes)
