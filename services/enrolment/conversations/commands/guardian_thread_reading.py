"""A thread as a guardian reads it, page by page."""

from services.enrolment.conversations.commands.thread_card import publish_thread_card
from services.enrolment.conversations.commands.thread_writing import lock_thread
from services.enrolment.conversations.queries.guardianships import audiences_of_threads
from services.enrolment.conversations.queries.messages import Text, newest_messages_of_thread
from services.enrolment.conversations.queries.reading_rights import require_reader
from services.enrolment.conversations.queries.thread_readers_and_title import (
    children_of_thread,
    unsealed_title_of_thread,
)
from services.enrolment.conversations.rules.unread import Marks
from services.enrolment.models import Thread, ThreadReader
from shared.contracts.enrolment.messages.conversations import (
    PROVIDER,
    ReadThreadAnswer,
    ThreadMessage,
)
from shared.database import Vault, Write


def read_thread(
    write: Write, vault: Vault, subject: str, thread_id: str, before: int
) -> ReadThreadAnswer:
    """Return messages of a thread; the newest count as read. Raises NotFound."""
    thread = lock_thread(write, thread_id)
    reader = require_reader(write, thread, subject)
    messages, earlier = newest_messages_of_thread(write, vault, thread, before)
    if not before:
        _mark_thread_opened(write, vault, thread, reader)
    return ReadThreadAnswer(
        kind=thread.kind,
        title=unsealed_title_of_thread(vault, thread),
        child_ids=children_of_thread(write, thread.id),
        readers=len(audiences_of_threads(write, [thread])[thread.id].subjects),
        version=thread.version,
        seen_to=thread.seen_to,
        seen_at=thread.seen_at,
        earlier=earlier,
        messages=[_message_for_family(text, subject) for text in messages],
    )


def _mark_thread_opened(write: Write, vault: Vault, thread: Thread, reader: ThreadReader) -> None:
    before = Marks(reader.read_to, reader.own_since)
    after = before.after_opening(thread.messages)
    if before.unread(thread.messages):
        reader.read_to, reader.own_since = after.read_to, after.own_since
        publish_thread_card(write, vault, thread)


def _message_for_family(text: Text, subject: str) -> ThreadMessage:
    """Return a message as a family reads it: of an agent, the function alone (rule R13)."""
    return {
        "number": text.number,
        "side": text.side,
        "mine": text.author == subject,
        "name": text.role if text.side == PROVIDER else text.name,
        "body": text.body,
        "at": text.at,
        "attachments": list(text.files),
    }
