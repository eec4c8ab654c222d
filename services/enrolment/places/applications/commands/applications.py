"""
Applications: a family asks for a place, takes its request back, answers an offer.

Who asks while the child's file is still on its way from the dossier waits `en_route`: it keeps its
place in the order of arrival, but no place is kept for it (decision 0012).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application
from services.enrolment.models.offer import OPEN
from services.enrolment.models.places import DESK, PORTAL
from services.enrolment.places.admission.queries.child_file import households_of, whose_file_is_here
from services.enrolment.places.admission.rules import allocation
from services.enrolment.places.admission.rules.allowed_actions import OVER
from services.enrolment.places.applications.commands.first_decision import decide_first
from services.enrolment.places.applications.queries.applications import live_application
from services.enrolment.places.giving.commands.giving import Giving, giving, giving_in
from services.enrolment.places.placing.commands import placing
from shared.contracts.enrolment.places import (
    ACCEPTED,
    EN_ROUTE,
    EXPIRED,
    OFFERED,
    WITHDRAWN,
    AlreadyApplied,
    ApplyRequest,
    OfferClosed,
    TooLate,
)
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id

WHOLE = "whole"


@dataclass(frozen=True)
class Asked:
    """
    What somebody asks for a child in a group.

    `submitted_at` is when the family pressed the button, also where it reached the provider later;
    `subject` is the guardian or, at a counter, the agent.
    """

    child_id: str
    group_id: str
    subject: str
    submitted_at: datetime
    channel: str = PORTAL
    link_version: int = 0
    weekdays: Sequence[int] = ()
    from_day: date | None = None
    criteria: Collection[str] = ()
    accompanied: bool = False
    """At the front desk, by a guardian, an agent beside: the channel is the counter's."""

    @property
    def by_family(self) -> bool:
        return self.channel == PORTAL or self.accompanied


def asked_by_family(request: ApplyRequest, caller: Caller, submitted_at: datetime) -> Asked:
    """
    Return what a family asks by the portal, or at the front desk.

    Raises BadRequest for a request at the counter without the link that its portal opened first: by
    its version it is known for the family's own.
    """
    accompanied = bool(caller.actor)
    if accompanied and not request.link_version:
        raise BadRequest(errors={"link_version": ["missing"]})
    return Asked(
        channel=DESK if accompanied else PORTAL,
        accompanied=accompanied,
        child_id=request.child_id,
        group_id=request.group_id,
        subject=caller.subject,
        submitted_at=submitted_at,
        link_version=request.link_version,
        weekdays=request.weekdays,
        from_day=request.from_day,
        criteria=request.criteria,
    )


def apply(write: Write, asked: Asked, now: datetime) -> Application:
    """
    Take an application in, and decide at once what can be decided.

    Raises NotFound, OfferClosed, AlreadyApplied, and NotEntitled for somebody of whom the child's
    file says that they are not its guardian.
    """
    _alone_with(write, [asked.child_id])
    with giving(write, asked.group_id, now) as hand:
        _refuse_closed(hand, asked)
        _refuse_twice(hand, asked.child_id)
        here = bool(whose_file_is_here(write, [asked.child_id]))
        if here and asked.by_family:
            _refuse_stranger(write, asked)
        application = _application(hand, asked)
        write.add(application)
        hand.touched.add(application.child_id)
        if here:
            decide_first(hand, application)
    return application


def withdraw(write: Write, application_id: str, child_id: str, subject: str, now: datetime) -> str:
    """Take an application back, or give its place up from tomorrow on; return its state."""
    with _of_family(write, application_id, child_id, subject, now) as (hand, application):
        if application.state not in OVER:
            hand.withdraw(application)
    return application.state


def answer_offer(
    write: Write,
    application_id: str,
    child_id: str,
    subject: str,
    accept: bool,
    now: datetime,
    ordered_at: datetime | None = None,
) -> str:
    """
    Accept or decline an offer; return the application's state.

    Who answered in time (`ordered_at`) while the provider was down still gets a place, if there is
    one. Raises NotFound where nothing was offered, TooLate once the offer has ended.
    """
    with _of_family(write, application_id, child_id, subject, now) as (hand, application):
        answered_at = ordered_at or now
        if application.state == EXPIRED and accept:
            _accept_after_all(hand, application, answered_at)
        elif application.state == OFFERED:
            _answer(hand, application, accept, answered_at)
        elif application.state == EXPIRED:
            raise TooLate(**application.reason_detail)
        elif application.state != (ACCEPTED if accept else WITHDRAWN):
            raise NotFound
    return application.state


def file_arrived(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """
    Decide what waited for the files of these children, in the order in which it was asked.

    Another instance may be taking an application in: one waits for the other.
    """
    _alone_with(write, child_ids)
    group_ids = _groups_en_route(write, whose_file_is_here(write, child_ids))
    with giving_in(write, group_ids, now) as hands:
        for group_id, hand in hands.items():
            for application in _en_route(write, group_id, child_ids):
                decide_first(hand, application)


def _alone_with(write: Write, child_ids: Collection[str]) -> None:
    write.alone(*(f"file|{child_id}" for child_id in child_ids))


def _refuse_closed(hand: Giving, asked: Asked) -> None:
    """A request that the family made in the window is taken, even where it came later."""
    activity, at = hand.activity, asked.submitted_at
    if activity.state != OPEN:
        raise OfferClosed
    if at < activity.opens_at:
        raise OfferClosed(opens_at=activity.opens_at.isoformat())
    closed = activity.closes_at is not None and at >= activity.closes_at
    wanted = asked.from_day or hand.now.astimezone(PARIS).date()
    if closed or wanted > hand.group.last_day:
        raise OfferClosed


def _refuse_twice(hand: Giving, child_id: str) -> None:
    live = live_application(hand.write, child_id, hand.group.id)
    if live is not None:
        raise AlreadyApplied(application_id=live.id)
    today = hand.now.astimezone(PARIS).date()
    if placing.place_in(hand.write, child_id, hand.group.id, today) is not None:
        raise AlreadyApplied


def _refuse_stranger(write: Write, asked: Asked) -> None:
    if not households_of(write, asked.child_id, asked.subject):
        raise NotEntitled


def _application(hand: Giving, asked: Asked) -> Application:
    known = [each["code"] for each in hand.activity.criteria]
    declared = [code for code in known if code in asked.criteria]
    return Application(
        id=new_id(),
        child_id=asked.child_id,
        group_id=hand.group.id,
        subject=asked.subject,
        channel=asked.channel,
        link_version=asked.link_version,
        weekdays=_weekdays(hand, asked),
        from_day=asked.from_day,
        criteria=declared,
        points=allocation.points_of(declared, hand.activity.criteria),
        state=EN_ROUTE,
        reason="",
        reason_detail={},
        submitted_at=asked.submitted_at,
    )


def _weekdays(hand: Giving, asked: Asked) -> str:
    """Return the pattern of what is booked by the day: as asked, among the group's own days."""
    if hand.activity.booking == WHOLE:
        return ""
    wanted = {str(day) for day in asked.weekdays} or set(hand.group.weekdays)
    days = "".join(day for day in hand.group.weekdays if day in wanted)
    if not days:
        raise BadRequest(errors={"weekdays": ["the group meets on none of these days"]})
    return days


def _accept_after_all(hand: Giving, application: Application, answered_at: datetime) -> None:
    until = application.reason_detail.get("until")
    in_time = until is not None and answered_at <= datetime.fromisoformat(until)
    if not in_time or not hand.has_room_for(application):
        raise TooLate(**application.reason_detail)
    _refuse_twice(hand, application.child_id)
    application.reason_detail = {}
    hand.accept(application)


def _answer(hand: Giving, application: Application, accept: bool, answered_at: datetime) -> None:
    until = application.answer_until
    if until is not None and answered_at > until:
        raise TooLate(until=until.isoformat())
    if accept:
        hand.accept(application)
    else:
        hand.withdraw(application)


@contextmanager
def _of_family(
    write: Write, application_id: str, child_id: str, subject: str, now: datetime
) -> Iterator[tuple[Giving, Application]]:
    """Lock an application of the person's with its group; raises NotFound, NotEntitled."""
    known = write.get(Application, application_id)
    if known is None or known.child_id != child_id or not _may_act(write, known, subject):
        raise NotFound
    with giving(write, known.group_id, now) as hand:
        write.refresh(known)
        yield hand, known


def _may_act(read: Database, application: Application, subject: str) -> bool:
    """Return whether the person asked for it, or is a guardian of the household that did."""
    if application.subject == subject:
        return True
    households = households_of(read, application.child_id, subject)
    return bool(households) and application.household_id in (None, *households)


def _groups_en_route(read: Database, child_ids: Collection[str]) -> list[str]:
    if not child_ids:
        return []
    wanted = select(Application.group_id).where(
        Application.child_id.in_(child_ids), Application.state == EN_ROUTE
    )
    return sorted(set(read.scalars(wanted)))


def _en_route(write: Write, group_id: str, child_ids: Collection[str]) -> Sequence[Application]:
    wanted = select(Application).where(
        Application.group_id == group_id,
        Application.child_id.in_(whose_file_is_here(write, child_ids)),
        Application.state == EN_ROUTE,
    )
    in_order = wanted.order_by(Application.submitted_at, Application.id)
    return write.scalars(in_order, execution_options={"populate_existing": True}).all()
