"""
Activities as families read them before they apply: whole, versioned, published on change.

The room of a group is published coarsely (open, few, full): it changes rarely and reveals no number
of children.
"""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import OPEN, site_of_group
from services.enrolment.offer.queries.group_capacity import groups_with_room_soon
from services.enrolment.offer.rules.availability import availability
from shared.contracts.enrolment.place_conditions import conditions_to_send
from shared.contracts.enrolment.places.published_offer import (
    ActivityPublished,
    OfferedActivity,
    OfferedGroup,
    activity_published,
)
from shared.database import Write
from shared.dates.clock import today
from shared.json_values import digest_of_content

_ACTIVITY = select(Activity).where(Activity.id == bindparam("activity_id")).with_for_update()


def publish_activity(write: Write, activity_id: str) -> bool:
    """
    Publish the activity as families may read it, if it changed; return whether it did.

    Its row is locked last, after the groups' rows: give places first, then publish.
    """
    activity = _lock_activity(write, activity_id)
    content = _offered_activity(write, activity) if activity.state == OPEN else None
    digest = _content_for_digest(content)
    if digest == activity.published:
        return False
    activity.published, activity.version = digest, activity.version + 1
    write.flush()
    write.publish(activity_published, ActivityPublished(activity.id, activity.version, content))
    return True


def _lock_activity(write: Write, activity_id: str) -> Activity:
    """Return the activity as it is now; where nobody else writes, as this transaction has it."""
    if write.is_only_writer:
        return write.get_one(Activity, activity_id)
    return write.scalars(_ACTIVITY, {"activity_id": activity_id}).one()


def activity_as_published(read: DatabaseSession, activity: Activity) -> ActivityPublished | None:
    """Return an activity as it was last published; None if it is about to be published anew."""
    content = _offered_activity(read, activity) if activity.state == OPEN else None
    if _content_for_digest(content) != activity.published:
        return None
    return ActivityPublished(activity.id, activity.version, content)


def _offered_activity(read: DatabaseSession, activity: Activity) -> OfferedActivity:
    return {
        "code": activity.code,
        "label": activity.label,
        "description": activity.description,
        "site": activity.site,
        "school_year": activity.school_year,
        "booking": activity.booking,
        "allocation": activity.allocation,
        "opens_at": activity.opens_at,
        "closes_at": activity.closes_at,
        "book_before": activity.book_before,
        "cancel_before": activity.cancel_before,
        "conditions": conditions_to_send(activity.conditions),
        "criteria": [{"code": line["code"], "label": line["label"]} for line in activity.criteria],
        "groups": [
            _offered_group(activity, group, room.taken)
            for group, room in groups_with_room_soon(read, activity.id, today())
        ],
    }


def _offered_group(activity: Activity, group: Group, taken: int) -> OfferedGroup:
    return {
        "group_id": group.id,
        "label": group.label,
        "site": site_of_group(group, activity),
        "availability": availability(group.places, taken),
        "born_from": group.born_from,
        "born_to": group.born_to,
        "conditions": conditions_to_send(group.conditions),
        "weekdays": [int(weekday) for weekday in group.weekdays],
        "starts": group.starts,
        "ends": group.ends,
        "runs_in": group.runs_in,
        "first_day": group.first_day,
        "last_day": group.last_day,
    }


def _content_for_digest(content: OfferedActivity | None) -> str:
    """Return "" for an activity not offered: a draft that was never published stays unpublished."""
    return "" if content is None else digest_of_content(content)
