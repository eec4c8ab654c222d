"""Sessions that the provider may still cancel."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.models import Group, RollCall, Session
from services.enrolment.models.offer import PLANNED


def cancellable_sessions(
    read: DatabaseSession,
    days: tuple[date, date],
    activity_ids: Collection[str],
    now: datetime,
) -> list[str]:
    """
    Return the sessions of these days, both included, that can still change.

    Those that are over, or of which the roll was closed, stay as they were.
    """
    query = (
        select(Session.id)
        .join(Group, Group.id == Session.group_id)
        .where(
            Session.day.between(*days),
            Group.activity_id.in_(activity_ids),
            *cancellable_session_conditions(now),
        )
    )
    return list(read.scalars(query.order_by(Session.id)))


def cancellable_session_conditions(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a session of which something can still change."""
    closed = exists().where(RollCall.session_id == Session.id, RollCall.closed_at.is_not(None))
    return Session.state == PLANNED, Session.ends_at > now, ~closed
