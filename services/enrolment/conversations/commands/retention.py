"""Erasure of conversations after the register's retention."""

from datetime import datetime

from sqlalchemy import delete, select

from services.enrolment.conversations.commands import message_files
from services.enrolment.models import Attachment, Bulletin, Thread
from services.enrolment.store import store
from shared.database import Vault, Write
from shared.dates.clock import PARIS
from shared.dates.retention_periods import day_after

AT_ONCE = 50
"""Most threads, and most bulletins, of one transaction."""


def erase_due_conversations(write: Write, vault: Vault, now: datetime) -> int:
    """Erase what has been kept long enough; return how many threads and bulletins that were."""
    return _erase_due_threads(write, vault, now) + _erase_due_bulletins(write, vault, now)


def _erase_due_threads(write: Write, vault: Vault, now: datetime) -> int:
    ended = select(Thread).where(Thread.ended_at.is_not(None)).order_by(Thread.ended_at)
    rows = write.scalars(ended.limit(AT_ONCE).with_for_update()).all()
    due = [
        row.id for row in rows if row.ended_at is not None and _is_retention_over(row.ended_at, now)
    ]
    query = select(Attachment.id).where(Attachment.thread_id.in_(due))
    message_files.erase_files(write, vault, write.scalars(query).all())
    write.execute(delete(Thread).where(Thread.id.in_(due)))
    vault.shred_keys(*due)
    return len(due)


def _erase_due_bulletins(write: Write, vault: Vault, now: datetime) -> int:
    oldest = select(Bulletin).order_by(Bulletin.sent_at).limit(AT_ONCE)
    due = [row.id for row in write.scalars(oldest).all() if _is_retention_over(row.sent_at, now)]
    write.execute(delete(Bulletin).where(Bulletin.id.in_(due)))
    vault.shred_keys(*due)
    return len(due)


def _is_retention_over(since: datetime, now: datetime) -> bool:
    retention = store.register.now.conversations.retention
    last = day_after(since.astimezone(PARIS).date(), retention)
    return last <= now.astimezone(PARIS).date()
