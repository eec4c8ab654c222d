"""What a guardian reads: a thread page by page, a file part by part, the bulletins."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from services.enrolment.conversations.commands import files
from services.enrolment.conversations.commands.from_family import known_around
from services.enrolment.conversations.commands.guardianships import audiences_of
from services.enrolment.conversations.commands.thread_card import (
    children_of,
    thread_changed,
    title_of,
)
from services.enrolment.conversations.commands.writing import locked
from services.enrolment.conversations.queries.texts import Text, texts_of
from services.enrolment.conversations.rules import audience
from services.enrolment.conversations.rules.unread import Marks
from services.enrolment.models import Attachment, Thread, ThreadReader
from shared.contracts.enrolment.conversations import HELD, PROVIDER
from shared.contracts.errors import NotFound
from shared.database import Read, Unreadable, Vault, Write
from shared.files.types import parts_of


def read_thread(
    write: Write, vault: Vault, subject: str, thread_id: str, before: int, now: datetime
) -> dict[str, Any]:
    """Return messages of a thread; the newest count as read. Raises NotFound."""
    thread = locked(write, thread_id)
    reader = _reader(write, thread, subject)
    texts, earlier = texts_of(write, vault, thread, before)
    if not before:
        _opened(write, vault, thread, reader, now)
    return {
        "kind": thread.kind,
        "title": title_of(vault, thread),
        "child_ids": children_of(write, thread.id),
        "readers": len(audiences_of(write, [thread])[thread.id].subjects),
        "version": thread.version,
        "seen_to": thread.seen_to,
        "seen_at": thread.seen_at,
        "earlier": earlier,
        "messages": [_shown(text, subject) for text in texts],
    }


def read_attachment(
    read: Read, vault: Vault, subject: str, thread_id: str, attachment_id: str, part: int
) -> dict[str, Any]:
    """Return one part of a file of a thread that the guardian may read; raises NotFound."""
    thread = read.get(Thread, thread_id)
    attachment = read.get(Attachment, attachment_id)
    if thread is None or attachment is None or attachment.thread_id != thread_id:
        raise NotFound
    _reader(read, thread, subject)
    try:
        said = files.said_of(vault, attachment)
        data = files.part_of(read, vault, attachment, part) if attachment.state == HELD else None
    except Unreadable:
        data = None
    if data is None:
        raise NotFound
    kept = {name: said[name] for name in ("name", "media_type", "size")}
    return {"attachment_id": attachment_id, **kept, "parts": parts_of(said["size"]), "data": data}


def may_read(read: Any, subject: str, thread_id: str) -> bool:
    """Say whether a guardian may read a thread; raises NotFound, which says no more than no."""
    thread = read.get(Thread, thread_id)
    if thread is None:
        raise NotFound
    return bool(_reader(read, thread, subject))


def _reader(read: Any, thread: Thread, subject: str) -> ThreadReader:
    """Return how far this guardian has read; raises NotFound for who may not read it now."""
    reader: ThreadReader | None = read.scalar(
        select(ThreadReader).where(
            ThreadReader.thread_id == thread.id, ThreadReader.subject == subject
        )
    )
    fixed = audiences_of(read, [thread])[thread.id]
    if reader is None or subject not in audience.reading(fixed, known_around(read, thread, fixed)):
        raise NotFound(thread_id=thread.id)
    return reader


def _opened(
    write: Write, vault: Vault, thread: Thread, reader: ThreadReader, now: datetime
) -> None:
    before = Marks(reader.read_to, reader.own_since)
    after = before.opened(thread.messages)
    if before.unread(thread.messages):
        reader.read_to, reader.own_since = after.read_to, after.own_since
        thread_changed(write, vault, thread, now)


def _shown(text: Text, subject: str) -> dict[str, Any]:
    """Of an agent a family learns the function alone (rule R13)."""
    return {
        "number": text.number,
        "side": text.side,
        "mine": text.author == subject,
        "name": text.role if text.side == PROVIDER else text.name,
        "body": text.body,
        "at": text.at,
        "attachments": list(_files(text.files)),
    }


def _files(said: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for file in said:
        yield {key: value for key, value in file.items() if key != "digest"}
