"""
State of a campaign's line, and actions that its deadline allows. Pure.

The state is derived from the line's answer and the request of next year: it follows other decisions
of desk and family on that request.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

ASKED, CONFIRMED, WAITING = "asked", "confirmed", "waiting"
DECLINED, RELEASED, NO_GROUP = "declined", "released", "no_group"

ACCEPTED, OFFERED, WITHDRAWN = "accepted", "offered", "withdrawn"
NOT_HAD = ("expired", "refused")
ON_THE_LIST = "waiting"
"""States of next year's request."""

REGRET = timedelta(hours=1)
"""Time that a place is still kept after a « no », so that it may be taken back."""


def state_of_renewal_line(
    answer: str, application: str | None, *, proposed: bool, closed: bool
) -> str:
    """
    Return the state of a line.

    `application` is the state of next year's request, None where there is none; `proposed`, whether
    there is a group for the child; `closed`, whether the deadline has passed.
    """
    if not proposed:
        return NO_GROUP
    if application == ACCEPTED:
        return CONFIRMED
    if answer == DECLINED or application == WITHDRAWN:
        return DECLINED
    if application in NOT_HAD:
        return RELEASED
    if answer == CONFIRMED or application == ON_THE_LIST:
        return WAITING
    return RELEASED if closed else ASKED


def households_with_place(household_id: str | None, homes: Collection[str]) -> frozenset[str]:
    """
    Return the households with a place, among those in which the child lives now.

    The household that applied; all of them if none did alone, or if that one has left.
    """
    return frozenset([household_id]) if household_id in homes and household_id else frozenset(homes)


def is_answer_in_time(ordered: datetime, until: datetime) -> bool:
    """Return whether an answer ordered at that moment counts."""
    return ordered <= until


def kept_until_after_no(now: datetime, until: datetime) -> datetime:
    """Return until when a place is still kept after a « no »."""
    return min(until, now + REGRET)


def kept_until(application: str | None, answer_until: datetime | None) -> datetime | None:
    """Return until when a place is kept; None where none is."""
    return answer_until if application == OFFERED else None


def reminder_moment(closes_at: datetime, days: int) -> datetime | None:
    """Return the moment of the reminder; None if there is none."""
    return closes_at - timedelta(days=days) if days else None
