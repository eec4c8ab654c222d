"""Sessions that the provider may still cancel."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.children.queries.reach import EVERYWHERE, Reach
from services.enrolment.models import Group, RollCall, Session
from services.enrolment.models.offer import PLANNED


def cancellable_sessions(
    read: DatabaseSession,
    days: tuple[date, date],
    activity_ids: Collection[str],
    now: datetime,
    reach: Reach = EVERYWHERE,
) -> list[str]:
    """
    Return the sessions within reach of these days, both included, that can still change.

    Those that are over, or of which the roll was closed, stay as they were.
    """
    closed = exists().where(RollCall.session_id == Session.id, RollCall.closed_at.is_not(None))
    query = (
        select(Session.id)
        .join(Group, Group.id == Session.group_id)
        .where(
            Session.day.between(*days),
            Group.activity_id.in_(activity_ids),
            Session.state == PLANNED,
            Session.ends_at > now,
            ~closed,
            reach.of_groups(Group.id),
        )
    )
    return list(read.scalars(query.order_by(Session.id)))
