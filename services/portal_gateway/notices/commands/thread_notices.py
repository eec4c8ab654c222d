"""Notifies the readers of a conversation, past ones too, and schedules their e-mails."""

from collections.abc import Mapping
from datetime import datetime

from services.portal_gateway.cards.live_kinds import MESSAGES, note_change
from services.portal_gateway.notices.commands.email_schedule import schedule_guardian_email
from services.portal_gateway.notices.rules import notice_emails as notices_rules
from shared.database import Write


def notify_thread_readers(
    write: Write, before: Mapping[str, int], after: Mapping[str, int], at: datetime
) -> None:
    """
    Notify all readers of a thread's new card; both mappings give the unread count by reader.

    Past readers are notified too, and find the thread gone.
    """
    note_change(write, MESSAGES, *before, *after)
    for subject, unread in after.items():
        if unread > before.get(subject, 0):
            schedule_guardian_email(write, notices_rules.MESSAGES, subject, at)
