"""Notes of an agent on a thread: it was opened, or it needs no answer."""

from datetime import datetime

from services.enrolment.conversations.commands.thread_writing import lock_thread
from services.enrolment.models import Thread
from shared.database import Write


def note_thread_seen(write: Write, thread_id: str, now: datetime) -> Thread:
    """Note that an agent has opened all of a thread, and return it; raises NotFound."""
    thread = lock_thread(write, thread_id)
    if thread.seen_to < thread.messages:
        thread.seen_to, thread.seen_at = thread.messages, now
    return thread


def mark_thread_answered(write: Write, thread_id: str) -> None:
    """Remove a conversation from those that wait for an answer; raises NotFound."""
    lock_thread(write, thread_id).to_answer = False
