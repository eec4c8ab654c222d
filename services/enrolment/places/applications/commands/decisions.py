"""What an agent at the desk decides of one application, and what the desk enters for a family."""

from collections.abc import Callable
from datetime import date, datetime

from services.enrolment.models import Application
from services.enrolment.models.places import PORTAL
from services.enrolment.places.admission.queries.child_file import whose_file_is_here
from services.enrolment.places.admission.rules.allowed_actions import (
    ACCEPT,
    END,
    OFFER,
    REFUSE,
    WITHDRAW,
)
from services.enrolment.places.admission.rules.refusals import reasons_for
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands.applications import Asked
from services.enrolment.places.applications.queries.decisions import possible_for
from services.enrolment.places.giving.commands.giving import Giving, giving
from shared.contracts.errors import NotFound, Refusal
from shared.database import Write

Act = Callable[[Giving, Application], None]


class NotPossible(Refusal):
    """What the agent wants cannot be done as things stand now; the page shows how they stand."""

    code = "not_possible"


def accept(write: Write, application_id: str, now: datetime) -> None:
    """Give the place, or accept an offer for the family; raises NotFound, NotPossible."""
    _do(write, application_id, ACCEPT, now, lambda hand, one: hand.accept(one))


def offer(write: Write, application_id: str, now: datetime) -> None:
    """Keep a place until the family has answered; raises NotFound, NotPossible."""
    _do(write, application_id, OFFER, now, lambda hand, one: hand.offer(one))


def withdraw(write: Write, application_id: str, now: datetime) -> None:
    """Take it back for a family that came or called; raises NotFound, NotPossible."""
    _do(write, application_id, WITHDRAW, now, lambda hand, one: hand.withdraw(one))


def end(write: Write, application_id: str, last_day: date, now: datetime) -> None:
    """End the place with this day, on the provider's word; raises NotFound, NotPossible."""
    _do(write, application_id, END, now, lambda hand, one: hand.end(one, last_day))


def refuse(write: Write, application_id: str, reason: str, regime: str, now: datetime) -> None:
    """Refuse for a reason that the regime allows today; raises NotFound, NotPossible."""

    def act(hand: Giving, application: Application) -> None:
        if reason not in reasons_for(regime, room_left=hand.room.left):
            raise NotPossible
        hand.refuse(application, reason)

    _do(write, application_id, REFUSE, now, act)


def enter(write: Write, asked: Asked, now: datetime) -> Application:
    """
    Enter what a family asked for at the counter, by telephone or on paper.

    The child is one whom the provider holds already. Raises NotFound, OfferClosed, AlreadyApplied.
    """
    if asked.channel == PORTAL or not whose_file_is_here(write, [asked.child_id]):
        raise NotFound
    return applications.apply(write, asked, now)


def _do(write: Write, application_id: str, act: str, now: datetime, do: Act) -> None:
    known = write.get(Application, application_id)
    if known is None:
        raise NotFound
    with giving(write, known.group_id, now) as hand:
        write.refresh(known)
        if act not in possible_for(write, known, hand.activity, hand.group, now):
            raise NotPossible
        do(hand, known)
