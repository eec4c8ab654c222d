"""
Going on next year: what a provider asks of those whose children have a place, and their answer.

A campaign's lines travel on the family card (`places.family_card`); a line is answered one at a
time. Ids, days and codes travel, never a name.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.message import Method
from shared.contracts.values import NONE as NULL
from shared.contracts.values import Code, Day, Id, Moment, Weekdays, one_of, text

OWNER = "enrolment"

ASKED, CONFIRMED, WAITING = "asked", "confirmed", "waiting"
DECLINED, RELEASED, NO_GROUP = "declined", "released", "no_group"
STATES = (
    ASKED,
    CONFIRMED,  # the child has its place of next year
    WAITING,  # confirmed, and next on the waiting list: the group is full
    DECLINED,
    RELEASED,  # not answered by the deadline
    NO_GROUP,  # nothing goes on for a child of this age
)

SAME, OLDER, OTHER, NONE = "same", "older", "other", "none"
WHY = (
    SAME,  # the group of the same name
    OLDER,  # it has outgrown that one
    OTHER,  # that one is no longer there
    NONE,
)
"""Reasons for proposing a group for next year."""

CONFIRM, DECLINE, UNDO = "confirm", "decline", "undo"


class CurrentGroup(TypedDict):
    """A group with its activity and its hours; `weekdays` are those of the child."""

    activity_id: Id
    activity: Annotated[str, text(120)]
    code: Code
    group: Annotated[str, text(120)]
    site: Annotated[str, text(120)]
    weekdays: Weekdays
    starts: Annotated[str, text(5)]
    ends: Annotated[str, text(5)]


class NextGroup(CurrentGroup):
    """
    Next year's group; `weekdays` are the days proposed or chosen, `meets` those of the group.

    No `weekdays`: a place without a fixed day.
    """

    meets: Weekdays
    first_day: Day
    last_day: Day


class RenewalLine(TypedDict):
    """
    One place that may go on: `now` as it is, `next` as it would be (null: nothing for this age).

    `until` is the deadline; `kept_until` until when a place is kept for the answer, null where none
    is. `place_id` is next year's place once it is given.
    """

    renewal_id: Id
    state: Annotated[str, one_of(STATES)]
    why: Annotated[str, one_of(WHY)]
    until: Moment
    kept_until: Annotated[Moment | None, NULL]
    by_day: bool
    now: CurrentGroup
    next: NextGroup | None
    school_year: Annotated[str, text(9)]
    place_id: Annotated[Id | None, NULL]


@dataclass(frozen=True)
class AnswerRenewalRequest:
    """
    `weekdays` are for what is booked by the day; none: those of this year.

    `no_fixed_day`: none of them next year, single days are booked one by one.
    """

    child_id: Id
    renewal_id: Id
    answer: Annotated[str, one_of((CONFIRM, DECLINE, UNDO))]
    weekdays: Weekdays = field(default_factory=list)
    no_fixed_day: bool = False


@dataclass(frozen=True)
class AnswerRenewalAnswer:
    became: Annotated[str, one_of(STATES)]


answer_renewal = Method(
    OWNER, "answer_renewal", AnswerRenewalRequest, AnswerRenewalAnswer, writes=True
)
"""
Confirm a line, decline it, or take a « no » back.

What is confirmed already stays as it is: its days are changed by `set_week`. Refusals: NotFound,
TooLate after the deadline.
"""
