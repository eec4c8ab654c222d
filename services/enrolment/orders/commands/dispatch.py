"""
What a guardian may order of this provider, once for both ways in which an order comes.

As a request it is dealt with as it is made; as an act it had waited until the provider was back.
The decision is the same code: only the two moments of `When` differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from services.enrolment.bookings.commands import absences, changes
from services.enrolment.bookings.commands import week_pattern as weekly
from services.enrolment.bookings.commands.absences import Regimes
from services.enrolment.conversations.commands import from_family
from services.enrolment.families.rules.order_time import When
from services.enrolment.offer.commands.locks import lock_group
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.queries.applications import answer_of
from services.enrolment.renewal.commands import answers as answering
from shared.contracts.enrolment import conversations, places, renewals
from shared.contracts.message import Method
from shared.database import Write
from shared.dates import clock

Answer = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """One thing that may be ordered; `decide` raises a Refusal, and checks whose child it is."""

    contract: Method
    decide: Callable[[Write, SimpleNamespace, When, Regimes], Answer]


def apply(write: Write, request: SimpleNamespace, when: When, _: Regimes) -> Answer:
    """Who applies now stands in order of arrival where the lock of the group is taken."""
    lock_group(write, request.group_id)
    moment = clock.now()
    asked = applications.asked_by_family(request, when.ordered if when.waited else moment)
    application = applications.apply(write, asked, moment)
    return answer_of(write, application)


def withdraw_application(write: Write, request: SimpleNamespace, when: When, _: Regimes) -> Answer:
    ids = request.application_id, request.child_id, request.person.subject
    return {"state": applications.withdraw(write, *ids, when.now)}


def answer_offer(write: Write, request: SimpleNamespace, when: When, _: Regimes) -> Answer:
    ids = request.application_id, request.child_id, request.person.subject
    return {"state": applications.answer_offer(write, *ids, request.accept, when.now, when.ordered)}


def change_bookings(write: Write, request: SimpleNamespace, when: When, _: Regimes) -> Answer:
    return changes.change_bookings(write, request, when)


def set_week(write: Write, request: SimpleNamespace, when: When, _: Regimes) -> Answer:
    return weekly.set_week(write, request, when)


def answer_renewal(write: Write, request: SimpleNamespace, when: When, _: Regimes) -> Answer:
    return answering.answer_renewal(write, request, when)


ORDERS: Mapping[str, Order] = {
    order.contract.name: order
    for order in (
        Order(places.apply, apply),
        Order(places.withdraw_application, withdraw_application),
        Order(places.answer_offer, answer_offer),
        Order(places.change_bookings, change_bookings),
        Order(places.set_week, set_week),
        Order(places.declare_absence, absences.declare_absence),
        Order(conversations.start_thread, from_family.start_thread),
        Order(conversations.reply, from_family.reply),
        Order(renewals.answer_renewal, answer_renewal),
    )
}
"""By the name of the method: nothing else is done on the word of a signed act."""


def carry_out(
    method: Method, write: Write, request: SimpleNamespace, when: When, regimes: Regimes
) -> Answer:
    """Do what a guardian orders; raises a Refusal."""
    return ORDERS[method.name].decide(write, request, when, regimes)
