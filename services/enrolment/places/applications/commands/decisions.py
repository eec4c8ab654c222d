"""Decisions of an agent on one application, and applications that the desk enters for a family."""

from collections.abc import Callable
from datetime import date, datetime

from services.enrolment.models import Application
from services.enrolment.models.places import PORTAL
from services.enrolment.places.admission.queries.child_file import children_with_file
from services.enrolment.places.admission.rules.allocation_order import ORDER
from services.enrolment.places.admission.rules.allowed_actions import (
    ACCEPT,
    END,
    OFFER,
    REFUSE,
    WITHDRAW,
)
from services.enrolment.places.admission.rules.refusals import refusal_reasons
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.places.applications.queries.allowed_decisions import actions_allowed_now
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admission,
)
from shared.contracts.enrolment.places.states import DECIDING
from shared.contracts.errors import NotFound, Refusal
from shared.database import Write

Decide = Callable[[GroupAdmission, Application], None]


class NotPossible(Refusal):
    """The action is not possible in the present state, which the page shows."""

    code = "not_possible"


def accept_application(write: Write, application_id: str, now: datetime) -> None:
    """Give the place, or accept an offer for the family; raises NotFound, NotPossible."""

    def decide_application(admission: GroupAdmission, application: Application) -> None:
        if application.state == DECIDING and admission.activity.allocation == ORDER:
            admission.give_or_list(application)  # who waits already goes first
        else:
            admission.accept(application)

    _decide_if_allowed(write, application_id, ACCEPT, now, decide_application)


def offer_place(write: Write, application_id: str, now: datetime) -> None:
    """Keep a place until the family has answered; raises NotFound, NotPossible."""
    _decide_if_allowed(
        write,
        application_id,
        OFFER,
        now,
        lambda admission, application: admission.offer(application),
    )


def withdraw_application(write: Write, application_id: str, now: datetime) -> None:
    """Withdraw an application for a family that came or called; raises NotFound, NotPossible."""
    _decide_if_allowed(
        write,
        application_id,
        WITHDRAW,
        now,
        lambda admission, application: admission.withdraw(application),
    )


def end_place_of_application(
    write: Write, application_id: str, last_day: date, now: datetime
) -> None:
    """End the place with this day, on the provider's word; raises NotFound, NotPossible."""
    _decide_if_allowed(
        write,
        application_id,
        END,
        now,
        lambda admission, application: admission.end_place(application, last_day),
    )


def refuse_application(
    write: Write, application_id: str, reason: str, regime: str, now: datetime
) -> None:
    """Refuse an application for a reason allowed today; raises NotFound, NotPossible."""

    def decide_application(admission: GroupAdmission, application: Application) -> None:
        if reason not in refusal_reasons(regime, room_left=admission.room.has_places_left):
            raise NotPossible
        admission.refuse(application, reason)

    _decide_if_allowed(write, application_id, REFUSE, now, decide_application)


def enter_application(write: Write, new: NewApplication, now: datetime) -> Application:
    """
    Enter an application made at the counter, by telephone or on paper.

    The child's file is here already. Raises NotFound, OfferClosed, AlreadyApplied.
    """
    if new.channel == PORTAL or not children_with_file(write, [new.child_id]):
        raise NotFound
    return applications.apply_for_place(write, new, now)


def _decide_if_allowed(
    write: Write, application_id: str, action: str, now: datetime, decide: Decide
) -> None:
    known = write.get(Application, application_id)
    if known is None:
        raise NotFound
    with lock_group_admission(write, known.group_id, now) as admission:
        write.refresh(known)
        if action not in actions_allowed_now(
            write, known, admission.activity, admission.group, now
        ):
            raise NotPossible
        decide(admission, known)
