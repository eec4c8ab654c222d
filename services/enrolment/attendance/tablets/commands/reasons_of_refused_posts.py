"""Posts of a device for places at which their author calls no roll: each is refused by its id."""

from collections.abc import Callable, Collection, Mapping
from functools import cache

from sqlalchemy import select

from services.enrolment.attendance.handovers_between_services.commands.handover_ticks import (
    NO_HANDOVER,
)
from services.enrolment.attendance.handovers_between_services.queries.handovers_due import (
    booked_within_reach,
)
from services.enrolment.attendance.roll_call.commands.marks import NO_CHILD, NO_SESSION
from services.enrolment.attendance.tablets.commands.device_posts import Delivery, PostedTick
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Booking, Handover, Session
from shared.database import Read

ReachOf = Callable[[str], Reach]
"""The reach of an author at the roll call, by subject."""


def reasons_of_refused_posts(read: Read, delivery: Delivery, reach_of: ReachOf) -> dict[str, str]:
    """
    Return why posts are refused, by their ids.

    A mark is of a child who is booked at that session or within its author's reach: by guessing ids
    nobody makes a child of another place one of theirs.
    """
    reach = cache(reach_of)
    if all(reach(author) is EVERYWHERE for author in delivery.authors):
        return {}
    beyond: dict[str, str] = {}
    posted = delivery.of_sessions
    groups = _groups_of_sessions(read, {post["session_id"] for post in posted})
    booked = _booked_sessions_and_children(read, groups)
    for post in posted:
        if not reach(post["by"]).has_group(groups.get(post["session_id"])):
            beyond[post["id"]] = NO_SESSION
    for mark in delivery.marks:
        known = (mark["session_id"], mark["child_id"]) in booked
        if not known and not reach(mark["by"]).has_child(read, mark["child_id"]):
            beyond.setdefault(mark["id"], NO_CHILD)
    for tick in delivery.passages:
        if not _is_handover_within_reach(read, tick, reach(tick["by"])):
            beyond[tick["id"]] = NO_HANDOVER
    return beyond


def _groups_of_sessions(read: Read, session_ids: Collection[str]) -> Mapping[str, str]:
    rows = select(Session.id, Session.group_id).where(Session.id.in_(session_ids))
    return dict(read.execute(rows).all())


def _booked_sessions_and_children(read: Read, session_ids: Collection[str]) -> set[tuple[str, str]]:
    rows = select(Booking.session_id, Booking.child_id).where(Booking.session_id.in_(session_ids))
    return set(read.execute(rows))


def _is_handover_within_reach(read: Read, tick: PostedTick, reach: Reach) -> bool:
    if reach is EVERYWHERE:
        return True
    handover = read.get(Handover, tick["relay_id"])
    if handover is None:
        return False
    child = handover.child_id
    return bool(booked_within_reach(read, [child], tick["day"], reach)) or reach.has_child(
        read, child
    )
