"""Threads and their messages, as both sides write them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from services.enrolment.conversations.commands import message_files
from services.enrolment.conversations.commands.thread_card import publish_thread_card
from services.enrolment.conversations.queries.messages import CONTENT
from services.enrolment.conversations.queries.thread_readers_and_title import (
    TITLE,
    readers_of_thread,
)
from services.enrolment.conversations.rules.thread_readers import Audience
from services.enrolment.conversations.rules.unread import Marks
from services.enrolment.models import Message, Thread, ThreadChild, ThreadReader
from shared.contracts.enrolment.messages.conversations import FAMILY, AnnouncedFile
from shared.contracts.errors import NotFound
from shared.database import Vault, Write
from shared.database.prebuilt_statements import list_parameter
from shared.runtime.ids import new_id

_THREADS = (
    select(Thread)
    .where(Thread.household_id.in_(list_parameter("household_ids")))
    .order_by(Thread.id)
    .with_for_update()
)


@dataclass(frozen=True)
class Written:
    """A message as it was written: `name` is the author's at the desk."""

    side: str
    author: str
    name: str
    body: str
    at: datetime
    role: str = ""
    """The function in which an agent wrote: all that a family learns of the agent."""
    files: Sequence[AnnouncedFile] = field(default_factory=tuple)


def start_thread_with_message(
    write: Write,
    vault: Vault,
    audience: Audience,
    kind: str,
    title: str,
    first: Written,
    now: datetime,
) -> Thread:
    """Open a thread with its first message; its audience is fixed from here on."""
    thread_id = new_id()
    vault.prepare_keys([thread_id])
    thread = Thread(
        id=thread_id,
        household_id=audience.household_id,
        kind=kind,
        title=vault.seal(thread_id, TITLE, title),
        opened_at=now,
        last_at=now,
        last_side=first.side,
        messages=0,
        to_answer=False,
        seen_to=0,
        version=0,
    )
    write.add(thread)
    write.flush()
    write.add_all(
        ThreadChild(thread_id=thread_id, child_id=child_id) for child_id in audience.child_ids
    )
    write.add_all(_make_new_reader(thread_id, subject) for subject in audience.subjects)
    add_message(write, vault, thread, first, now)
    return thread


def add_message(
    write: Write, vault: Vault, thread: Thread, written: Written, now: datetime
) -> None:
    """Add a message to a thread whose row is locked, and publish its card."""
    content = {"body": written.body, "name": written.name, "role": written.role}
    thread.messages += 1
    write.add(
        Message(
            thread_id=thread.id,
            number=thread.messages,
            side=written.side,
            author=written.author,
            content=vault.seal(thread.id, CONTENT, content),
            at=written.at,
        )
    )
    write.flush()
    message_files.record_announced_files(write, vault, thread, written.files)
    _note_author(write, thread, written, now)
    publish_thread_card(write, vault, thread)


def lock_thread(write: Write, thread_id: str) -> Thread:
    """Return a thread, its row locked; raises NotFound."""
    thread = write.scalar(select(Thread).where(Thread.id == thread_id).with_for_update())
    if thread is None:
        raise NotFound(thread_id=thread_id)
    return thread


def lock_threads_of_households(write: Write, household_ids: Collection[str]) -> list[Thread]:
    """Return the threads of these households, locked in the order of their ids."""
    return list(write.scalars(_THREADS, {"household_ids": list(household_ids)}))


def _note_author(write: Write, thread: Thread, written: Written, now: datetime) -> None:
    """Record the last author, and mark the message as read by its author."""
    thread.last_at, thread.last_side = now, written.side
    thread.to_answer = written.side == FAMILY
    if written.side != FAMILY:
        thread.taken_by = written.author
        thread.seen_to, thread.seen_at = thread.messages, now
    for reader in readers_of_thread(write, thread.id):
        if reader.subject == written.author:
            marks = Marks(reader.read_to, reader.own_since).after_writing(thread.messages)
            reader.read_to, reader.own_since = marks.read_to, marks.own_since


def _make_new_reader(thread_id: str, subject: str) -> ThreadReader:
    return ThreadReader(thread_id=thread_id, subject=subject, read_to=0, own_since=0, reads=True)
