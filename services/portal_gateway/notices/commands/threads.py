"""Notifies the readers of a conversation, past ones too, and schedules their e-mails."""

from collections.abc import Mapping
from datetime import datetime

from services.portal_gateway.cards.live_kinds import MESSAGES, changed
from services.portal_gateway.notices import rules as categories
from services.portal_gateway.notices.commands.arrivals import arrived_for
from shared.database import Write


def thread_moved(
    write: Write, before: Mapping[str, int], after: Mapping[str, int], at: datetime
) -> None:
    """
    Notify all readers of a thread's new card; both mappings give the unread count by reader.

    Past readers are notified too, and find the thread gone.
    """
    changed(write, MESSAGES, *before, *after)
    for subject, unread in after.items():
        if unread > before.get(subject, 0):
            arrived_for(write, categories.MESSAGES, subject, at)
