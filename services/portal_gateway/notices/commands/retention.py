"""Deletes notices, orders, menus, cards of conversations and read marks after their term."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from services.portal_gateway.models import (
    BulletinCard,
    FamilyOrder,
    NewsRead,
    Notice,
    PublishedMenu,
    ThreadCard,
    ThreadReader,
)
from services.portal_gateway.session.accompanied import commands as visits
from shared.database import Write
from shared.dates.clock import PARIS
from shared.dates.periods import monday_of

KEPT_NEWS = timedelta(days=60)
KEPT_ORDERS = timedelta(days=30)


def delete_past_notices_and_orders(write: Write, moment: datetime) -> None:
    """Delete old notices, orders and menus, and read marks older than every notice."""
    write.execute(delete(Notice).where(Notice.received_at < moment - KEPT_NEWS))
    old = moment - KEPT_ORDERS
    write.execute(
        delete(FamilyOrder).where(or_(FamilyOrder.asked_at < old, FamilyOrder.outcome_at < old))
    )
    visits.delete_ended_sessions(write, moment - KEPT_NEWS)
    write.execute(delete(BulletinCard).where(BulletinCard.received_at < moment - KEPT_NEWS))
    this_week = monday_of(moment.astimezone(PARIS).date())
    write.execute(delete(PublishedMenu).where(PublishedMenu.day < this_week))
    unread = select(ThreadReader.thread_id).where(ThreadReader.thread_id == ThreadCard.thread_id)
    forgotten = (~unread.exists(), ThreadCard.received_at < moment - KEPT_NEWS)
    write.execute(delete(ThreadCard).where(*forgotten))
    write.execute(delete(NewsRead).where(NewsRead.until < moment - KEPT_NEWS))
