"""
Decides on one session of a child that an agent books, cancels, excuses or corrects.

Pure. An agent is not held to the deadlines of families: what the act costs is said by the act. To
cancel after the deadline counts, as it does for families; to excuse never counts. Who came is
marked as the roll call does, once the session has begun.
"""

from dataclasses import dataclass
from datetime import datetime

BOOK, CANCEL, EXCUSE, CAME, MISSED = "book", "cancel", "excuse", "came", "missed"
ACTS = (BOOK, CANCEL, EXCUSE, CAME, MISSED)
BOOKED, CANCELLED, EXCUSED, LATE, CLOSED = "booked", "cancelled", "excused", "late", "closed"
PRESENT, ABSENT, LEFT = "present", "absent", "left"
HERE = (PRESENT, LEFT)

NO_HOME, NO_PLACE, NOTHING_BOOKED = "no_home", "no_place", "nothing_booked"
NOT_HELD, GROUP_CLOSED, FULL = "not_held", "group_closed", "full"
BEGUN, NOT_BEGUN, NOT_MARKED, IS_THERE = "begun", "not_begun", "not_marked", "is_there"


@dataclass(frozen=True)
class AgentCase:
    """
    One session of one child as an agent finds it.

    `booking` and `mark` are the state of the row and of the roll call, None where there is none.
    `closed`: the group's roll call is closed. `has_home`: a household is known, which pays.
    """

    starts_at: datetime
    ends_at: datetime
    cancel_until: datetime
    takes_place: bool = True
    closed: bool = False
    booking: str | None = None
    mark: str | None = None
    to_check: bool = False
    has_place: bool = True
    has_home: bool = True
    full: bool = False


@dataclass(frozen=True)
class Powers:
    """Powers of an agent beyond the permission to change days."""

    answers_for_day: bool = False
    """Corrects a group that is closed."""
    over_capacity: bool = False
    """True to take a child although the session is full."""


@dataclass(frozen=True)
class AgentDecision:
    """The new state of the booking or the new mark, or why not; nothing of it: already so."""

    booking: str | None = None
    mark: str | None = None
    refused: str = ""

    @property
    def changes_booking_or_mark(self) -> bool:
        return self.booking is not None or self.mark is not None


ALREADY = AgentDecision()


def decide_act_of_agent(act: str, case: AgentCase, powers: Powers, now: datetime) -> AgentDecision:
    """Decide on one act; of what is already so nothing changes."""
    if why := _refusal_of_any_act(case, powers):
        return AgentDecision(refused=why)
    decide = {
        BOOK: _decide_booking,
        CANCEL: _decide_cancelling,
        EXCUSE: _decide_excusing,
        CAME: _decide_child_came,
        MISSED: _decide_child_missed,
    }[act]
    return decide(case, powers, now)


def decide_session_moved_from(case: AgentCase, powers: Powers, now: datetime) -> AgentDecision:
    """Decide on the session from which a booking is moved: it never counts, however late it is."""
    leaving = CANCEL if now <= case.cancel_until else EXCUSE
    decision = decide_act_of_agent(leaving, case, powers, now)
    return (
        decision
        if decision.changes_booking_or_mark or decision.refused
        else _make_refusal(NOTHING_BOOKED)
    )


def acts_that_would_change(case: AgentCase, powers: Powers, now: datetime) -> tuple[str, ...]:
    """Return the acts that would change something, those that only need a word more included."""
    asked = Powers(powers.answers_for_day, over_capacity=True)
    return tuple(
        act for act in ACTS if decide_act_of_agent(act, case, asked, now).changes_booking_or_mark
    )


def _refusal_of_any_act(case: AgentCase, powers: Powers) -> str:
    if not case.has_home:
        return NO_HOME
    if not case.takes_place:
        return NOT_HELD
    if case.closed and not powers.answers_for_day:
        return GROUP_CLOSED
    return ""


def _decide_booking(case: AgentCase, powers: Powers, now: datetime) -> AgentDecision:
    if case.booking == BOOKED:
        return ALREADY
    if case.booking is None and not case.has_place:
        return _make_refusal(NO_PLACE)
    if case.mark is None and (case.closed or now >= case.ends_at):
        return _make_refusal(NOT_MARKED)
    takes_room = case.booking != LATE and case.mark not in HERE
    if case.full and takes_room and not powers.over_capacity:
        return _make_refusal(FULL)
    return AgentDecision(booking=BOOKED)


def _decide_cancelling(case: AgentCase, _powers: Powers, now: datetime) -> AgentDecision:
    if case.booking in (CANCELLED, EXCUSED, LATE):
        return ALREADY
    if case.booking != BOOKED:
        return _make_refusal(NOTHING_BOOKED)
    if now >= case.starts_at:
        return _make_refusal(BEGUN)
    return AgentDecision(booking=CANCELLED if now <= case.cancel_until else LATE)


def _decide_excusing(case: AgentCase, _powers: Powers, _now: datetime) -> AgentDecision:
    if case.mark in HERE:
        return _make_refusal(IS_THERE)
    if case.booking == EXCUSED:
        return ALREADY
    if case.booking not in (BOOKED, LATE):
        return _make_refusal(NOTHING_BOOKED)
    return AgentDecision(booking=EXCUSED)


def _decide_child_came(case: AgentCase, _powers: Powers, now: datetime) -> AgentDecision:
    if now < case.starts_at:
        return _make_refusal(NOT_BEGUN)
    if case.mark in HERE and not case.to_check:
        return ALREADY
    return AgentDecision(mark=PRESENT)


def _decide_child_missed(case: AgentCase, _powers: Powers, now: datetime) -> AgentDecision:
    if now < case.starts_at:
        return _make_refusal(NOT_BEGUN)
    if case.mark == ABSENT and not case.to_check:
        return ALREADY
    if case.mark is None and case.booking != BOOKED:
        return _make_refusal(NOTHING_BOOKED)
    return AgentDecision(mark=ABSENT)


def _make_refusal(why: str) -> AgentDecision:
    return AgentDecision(refused=why)
