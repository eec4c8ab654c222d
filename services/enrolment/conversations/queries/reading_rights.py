"""Reading rights of guardians in threads, and files part by part."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.conversations.queries import message_files
from services.enrolment.conversations.queries.guardianships import (
    audiences_of_threads,
    guardianships_of_thread,
)
from services.enrolment.conversations.rules import thread_readers
from services.enrolment.models import Attachment, Thread, ThreadReader
from shared.contracts.enrolment.messages.conversations import STORED, ReadAttachmentAnswer
from shared.contracts.errors import NotFound
from shared.database import Read, Unreadable, Vault
from shared.files.file_parts import count_parts


def part_of_readable_attachment(
    read: Read, vault: Vault, subject: str, thread_id: str, attachment_id: str, part: int
) -> ReadAttachmentAnswer:
    """Return one part of a file of a thread that the guardian may read; raises NotFound."""
    thread = read.get(Thread, thread_id)
    attachment = read.get(Attachment, attachment_id)
    if thread is None or attachment is None or attachment.thread_id != thread_id:
        raise NotFound
    require_reader(read, thread, subject)
    try:
        description = message_files.file_description(vault, attachment)
        data = (
            message_files.part_of_file(read, vault, attachment, part)
            if attachment.state == STORED
            else None
        )
    except Unreadable:
        data = None
    if data is None:
        raise NotFound
    return ReadAttachmentAnswer(
        attachment_id=attachment_id,
        name=description["name"],
        media_type=description["media_type"],
        size=description["size"],
        parts=count_parts(description["size"]),
        data=data,
    )


def guardian_may_read(read: Database, subject: str, thread_id: str) -> bool:
    """
    Return whether a guardian may read a thread; raises NotFound, so as not to reveal the thread.
    """
    thread = read.get(Thread, thread_id)
    if thread is None:
        raise NotFound
    return bool(require_reader(read, thread, subject))


def require_reader(read: Database, thread: Thread, subject: str) -> ThreadReader:
    """
    Return how far this guardian has read; raises NotFound if the guardian may not read it now.
    """
    reader: ThreadReader | None = read.scalar(
        select(ThreadReader).where(
            ThreadReader.thread_id == thread.id, ThreadReader.subject == subject
        )
    )
    fixed = audiences_of_threads(read, [thread])[thread.id]
    if reader is None or subject not in thread_readers.current_readers(
        fixed, guardianships_of_thread(read, thread, fixed)
    ):
        raise NotFound(thread_id=thread.id)
    return reader
