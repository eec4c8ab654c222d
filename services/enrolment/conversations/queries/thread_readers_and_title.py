"""Readers, children and title of a thread."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Thread, ThreadChild, ThreadReader
from shared.database import Unreadable, Vault
from shared.runtime.logs import log_error

TITLE = "thread.title"


def readers_of_thread(read: Database, thread_id: str) -> list[ThreadReader]:
    """Return the audience of a thread, those included who read no more."""
    query = select(ThreadReader).where(ThreadReader.thread_id == thread_id)
    return list(read.scalars(query.order_by(ThreadReader.subject)))


def children_of_thread(read: Database, thread_id: str) -> list[str]:
    """Return the children of a thread."""
    query = select(ThreadChild.child_id).where(ThreadChild.thread_id == thread_id)
    return list(read.scalars(query.order_by(ThreadChild.child_id)))


def unsealed_title_of_thread(vault: Vault, thread: Thread) -> str:
    """Return the thread's title; "–" if it cannot be read any more."""
    try:
        return str(vault.open(thread.id, TITLE, thread.title))
    except Unreadable as error:
        log_error("title_unreadable", error, thread_id=thread.id)
        return "–"
