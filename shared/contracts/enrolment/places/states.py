"""States of applications and of a child's days, as providers, portal and desks name them."""

from typing import Annotated, NotRequired, TypedDict

from shared.contracts.values import NONE, Day, Id, Moment, one_of, text

EN_ROUTE, DECIDING, OFFERED, ACCEPTED = "en_route", "deciding", "offered", "accepted"
WAITING, REFUSED, WITHDRAWN, EXPIRED = "waiting", "refused", "withdrawn", "expired"
APPLICATION_STATES = (
    EN_ROUTE,  # the child's file has not come from the dossier yet
    DECIDING,  # the window is open, or an agent decides
    OFFERED,  # a place is kept until `answer_until`
    ACCEPTED,
    WAITING,  # on the waiting list, with a rank
    REFUSED,
    WITHDRAWN,
    EXPIRED,  # the offer was not answered in time
)

REASONS = (
    "capacity",
    "age",
    "conditions",
    "not_guardian",
    "no_file",
    "closed",
    "criteria",
    "other",
)
"""
Reasons of a refusal; with `capacity` stand places and day (CE 429361), with `conditions` what the
group asks and the child does not fulfil, nothing of the child.
"""

EXCEPTIONS = ("derogation", "sibling", "moving", "agreement", "continuity", "other")
"""Reasons for which an agent takes a child that does not fulfil the conditions of a group."""

BOOKED, CANCELLED, EXCUSED, CLOSED = "booked", "cancelled", "excused", "closed"
OTHER, FREE, FULL, PRESENT, ABSENT = "other", "free", "full", "present", "absent"
DAY_STATES = (
    FREE,  # may be booked
    FULL,
    BOOKED,
    CANCELLED,  # in time: it does not count
    EXCUSED,  # absent for a reason that the provider accepts: it does not count
    CLOSED,  # the provider cancelled the session
    OTHER,  # the day of the child's other household, which alone may change it
    PRESENT,
    ABSENT,
)

TELEPHONE, DOOR, LETTER, SERVICE = "telephone", "door", "letter", "service"
ASKED_BY = (
    TELEPHONE,
    DOOR,
    LETTER,
    SERVICE,  # nobody asked: the provider corrects itself
)
"""Ways in which what an agent changes of a child's day was asked for."""

ApplicationState = Annotated[str, one_of(APPLICATION_STATES)]


class BookedDay(TypedDict):
    """
    One session of one child.

    `until` is the last instant at which the state may still be changed (book what is free, cancel
    what is booked); null where it no longer may. On a card, which may be hours old, an instant that
    has passed is still valid and says the same. `seen_at`: when ticked present. `asked_by`: where
    an agent changed the household's own day last, how that was asked for; else null. `reason`: why
    the provider cancelled the session, as the agent chose it.
    """

    session_id: Id
    day: Day
    starts_at: Moment
    ends_at: Moment
    activity_id: Id
    activity: Annotated[str, text(120)]
    group: Annotated[str, text(120)]
    state: Annotated[str, one_of(DAY_STATES)]
    until: Annotated[Moment | None, NONE]
    seen_at: Annotated[Moment | None, NONE]
    asked_by: Annotated[str | None, one_of(ASKED_BY), NONE]
    reason: NotRequired[Annotated[str, text(20)]]
