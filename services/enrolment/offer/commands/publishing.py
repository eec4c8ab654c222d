"""
What families read of an activity before they ask for a place: whole, versioned, told on change.

How full a group is leaves coarsely (open, few, full), so that it rarely changes, and nobody counts
how many children a group has.
"""

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import OPEN
from services.enrolment.offer.queries.room import room_soon
from services.enrolment.offer.rules.availability import availability
from shared.contracts.enrolment.places import activity_published
from shared.database import Write
from shared.dates.clock import today

_COPIED = (
    "code",
    "label",
    "description",
    "site",
    "school_year",
    "booking",
    "allocation",
    "opens_at",
    "closes_at",
    "book_before",
    "cancel_before",
)
_OF_GROUP = ("label", "born_from", "born_to", "starts", "ends", "first_day", "last_day")


def publish(write: Write, activity_id: str) -> bool:
    """
    Tell the activity as families may read it now, where that has changed; return whether it had.

    Its row is locked last, after the groups' rows: give places first, then publish.
    """
    wanted = select(Activity).where(Activity.id == activity_id).with_for_update()
    activity = write.scalars(wanted.execution_options(populate_existing=True)).one()
    content = _content(write, activity) if activity.state == OPEN else None
    digest = _digest(content)
    if digest == activity.published:
        return False
    activity.published, activity.version = digest, activity.version + 1
    write.flush()
    write.publish(
        activity_published, activity_id=activity.id, version=activity.version, content=content
    )
    return True


def _content(read: DatabaseSession, activity: Activity) -> dict[str, Any]:
    wanted = select(Group).where(Group.activity_id == activity.id)
    groups = read.scalars(wanted.order_by(Group.label, Group.id)).all()
    criteria = [{"code": line["code"], "label": line["label"]} for line in activity.criteria]
    return {name: getattr(activity, name) for name in _COPIED} | {
        "criteria": criteria,
        "groups": [_group(group, room_soon(read, group, today()).taken) for group in groups],
    }


def _group(group: Group, taken: int) -> dict[str, Any]:
    return {name: getattr(group, name) for name in _OF_GROUP} | {
        "group_id": group.id,
        "availability": availability(group.places, taken),
        "weekdays": [int(weekday) for weekday in group.weekdays],
    }


def _digest(content: dict[str, Any] | None) -> str:
    """Return "" for what is not offered: a draft that never was published is not told of."""
    if content is None:
        return ""
    written = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()
