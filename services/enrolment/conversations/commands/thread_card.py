"""
The card of a thread, published to the portal on every change.

Every change of a conversation passes through `publish_thread_card`, in its transaction; open pages
of the desk are notified from here.
"""

from sqlalchemy.orm import Session

from services.enrolment.conversations.queries.thread_readers_and_title import (
    children_of_thread,
    readers_of_thread,
    unsealed_title_of_thread,
)
from services.enrolment.conversations.rules.unread import Marks
from services.enrolment.live_changes import CONVERSATIONS, note_change_for_open_pages
from services.enrolment.models import Thread, ThreadReader
from shared.contracts.enrolment.messages import conversations
from shared.database import Vault, Write


def publish_thread_card(write: Write, vault: Vault, thread: Thread) -> None:
    """
    Count a new version of the thread's card and publish it, whole. The thread's row is locked.
    """
    write.flush()
    thread.version += 1
    write.publish(conversations.thread_card, card_of_thread(write, vault, thread))
    note_change_for_open_pages(write, CONVERSATIONS)
    write.flush()


def card_of_thread(read: Session, vault: Vault, thread: Thread) -> conversations.ThreadCard:
    """Return the card of a thread at its present version."""
    readers = [reader for reader in readers_of_thread(read, thread.id) if reader.reads]
    return conversations.ThreadCard(
        thread_id=thread.id,
        version=thread.version,
        kind=thread.kind,
        title=unsealed_title_of_thread(vault, thread) if readers else "",
        child_ids=children_of_thread(read, thread.id) if readers else [],
        last_at=thread.last_at,
        last_side=thread.last_side,
        readers=[_reader_on_card(thread, reader) for reader in readers],
    )


def _reader_on_card(thread: Thread, reader: ThreadReader) -> conversations.ThreadReader:
    marks = Marks(reader.read_to, reader.own_since)
    return {"subject": reader.subject, "unread": marks.unread(thread.messages)}
