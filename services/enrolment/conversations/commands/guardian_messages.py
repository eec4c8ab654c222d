"""Messages of guardians: a new thread, or an answer in one that the guardian may read."""

from services.enrolment.conversations.commands import guardian_locks, thread_writing
from services.enrolment.conversations.commands.thread_writing import Written
from services.enrolment.conversations.queries.guardianships import (
    audiences_of_threads,
    guardianships_of_thread,
)
from services.enrolment.conversations.rules import thread_readers
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.store import vault
from shared.contracts.enrolment.messages.conversations import (
    FAMILY,
    GuardianMessage,
    ReplyRequest,
    StartThreadRequest,
    ThreadWritten,
)
from shared.contracts.errors import NotFound
from shared.database import Write


def start_thread(
    write: Write, request: StartThreadRequest, subject: str, order_time: OrderTime
) -> ThreadWritten:
    """Open a thread; raises NotFound if the author is no guardian of these children here."""
    opened = thread_readers.audience_opened_by_guardian(
        subject,
        request.child_ids,
        request.share,
        guardian_locks.lock_guardians_around_person(write, subject),
    )
    if opened is None:
        raise NotFound
    written = _message_of_guardian(request, subject, order_time)
    thread = thread_writing.start_thread_with_message(
        write, vault, opened, request.kind, request.title, written, order_time.now
    )
    return ThreadWritten(thread.id)


def store_reply_of_guardian(
    write: Write, request: ReplyRequest, subject: str, order_time: OrderTime
) -> ThreadWritten:
    """Answer in a thread; raises NotFound for who may not, or no longer, read it."""
    thread = thread_writing.lock_thread(write, request.thread_id)
    fixed = audiences_of_threads(write, [thread])[thread.id]
    known = guardianships_of_thread(write, thread, fixed)
    if thread_readers.audience_if_author_may_reply(fixed, subject, known) is None:
        raise NotFound(thread_id=thread.id)
    thread_writing.add_message(
        write, vault, thread, _message_of_guardian(request, subject, order_time), order_time.now
    )
    return ThreadWritten(thread.id)


def _message_of_guardian(request: GuardianMessage, subject: str, order_time: OrderTime) -> Written:
    return Written(
        FAMILY,
        subject,
        request.name,
        request.body,
        order_time.ordered,
        files=request.attachments,
    )
