"""The messages of a thread, opened: as many as fit in one message of the bus."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.conversations.queries.message_files import file_description
from services.enrolment.models import Attachment, Message, Thread
from shared.contracts.enrolment.messages.conversations import MessageFile
from shared.database import Unreadable, Vault
from shared.runtime.logs import log_error

CONTENT = "message.content"

MOST = 30
MOST_SIGNS = 30_000
"""The most signs of texts on one page: 180 kB where each is written as an escape of six bytes."""


@dataclass(frozen=True)
class Text:
    """A message as it can be read; `role` is the function of the agent who wrote it."""

    number: int
    side: str
    author: str
    name: str
    role: str
    body: str
    at: datetime
    files: Sequence[MessageFile] = field(default_factory=list)


def newest_messages_of_thread(
    read: Database, vault: Vault, thread: Thread, before: int = 0
) -> tuple[list[Text], bool]:
    """Return the newest messages (before a number), oldest first, and whether there are earlier."""
    query = select(Message).where(Message.thread_id == thread.id)
    if before:
        query = query.where(Message.number < before)
    rows = read.scalars(query.order_by(Message.number.desc()).limit(MOST + 1)).all()
    attached = _files_by_message(read, vault, thread.id, [row.number for row in rows])
    taken = list(messages_within_size_limit(_unsealed_messages(vault, rows, attached)))
    return taken[::-1], len(taken) < len(rows)


def messages_within_size_limit(messages: Iterator[Text]) -> Iterator[Text]:
    """Return the first messages that fit on a page; at least one."""
    signs = 0
    for count, text in enumerate(messages):
        signs += len(text.body)
        if count and (count >= MOST or signs > MOST_SIGNS):
            return
        yield text


def _unsealed_messages(
    vault: Vault, rows: Sequence[Message], attached: dict[int, list[MessageFile]]
) -> Iterator[Text]:
    for row in rows:
        try:
            content = vault.open(row.thread_id, CONTENT, row.content)
        except Unreadable as error:
            log_error("message_unreadable", error, thread_id=row.thread_id)
            content = {"name": "–", "role": "–", "body": "–"}
        yield Text(
            row.number,
            row.side,
            row.author,
            content["name"],
            content["role"],
            content["body"],
            row.at,
            attached.get(row.number, []),
        )


def _files_by_message(
    read: Database, vault: Vault, thread_id: str, numbers: Collection[int]
) -> dict[int, list[MessageFile]]:
    by_message: dict[int, list[MessageFile]] = defaultdict(list)
    query = select(Attachment).where(
        Attachment.thread_id == thread_id, Attachment.number.in_(list(numbers))
    )
    for row in read.scalars(query.order_by(Attachment.id)):
        try:
            description = file_description(vault, row)
        except Unreadable:
            continue
        by_message[row.number].append(
            {
                "attachment_id": row.id,
                "name": description["name"],
                "media_type": description["media_type"],
                "size": description["size"],
                "state": row.state,
            }
        )
    return by_message
