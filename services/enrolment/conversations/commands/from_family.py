"""Messages of guardians: a new thread, or an answer in one that the guardian may read."""

from services.enrolment.conversations.commands import guardianships, writing
from services.enrolment.conversations.commands.writing import Written
from services.enrolment.conversations.queries.guardianships import (
    audiences_of,
    known_around,
)
from services.enrolment.conversations.rules import audience
from services.enrolment.families.rules.order_time import OrderTime
from services.enrolment.store import vault
from shared.contracts.enrolment.conversations import (
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
    opened = audience.opened_by_guardian(
        subject,
        request.child_ids,
        request.share,
        guardianships.kept_around(write, subject),
    )
    if opened is None:
        raise NotFound
    written = _written(request, subject, order_time)
    thread = writing.open_thread(
        write, vault, opened, request.kind, request.title, written, order_time.now
    )
    return ThreadWritten(thread.id)


def reply(
    write: Write, request: ReplyRequest, subject: str, order_time: OrderTime
) -> ThreadWritten:
    """Answer in a thread; raises NotFound for who may not, or no longer, read it."""
    thread = writing.locked(write, request.thread_id)
    fixed = audiences_of(write, [thread])[thread.id]
    known = known_around(write, thread, fixed)
    if audience.after_reply(fixed, subject, known) is None:
        raise NotFound(thread_id=thread.id)
    writing.add_message(
        write, vault, thread, _written(request, subject, order_time), order_time.now
    )
    return ThreadWritten(thread.id)


def _written(request: GuardianMessage, subject: str, order_time: OrderTime) -> Written:
    return Written(
        FAMILY,
        subject,
        request.name,
        request.body,
        order_time.ordered,
        files=request.attachments,
    )
