"""What the person behind a question about a thread must be."""

from typing import Any

from services.enrolment.conversations.queries.for_family import may_read
from services.enrolment.handlers.rights import FAMILY
from shared.bus import right
from shared.contracts.message import Person


@right("reader of the thread")
def reader_of_thread(service: Any, person: Person | None, request: Any) -> bool:
    """
    Say whether this is a guardian of the thread's audience who answers for its children still.

    To anybody else there is no such thread: a refusal would say that there is one.
    """
    if person is None or person.kind != FAMILY:
        return False
    with service.store.read() as read:
        return may_read(read, person.subject, request.thread_id)
