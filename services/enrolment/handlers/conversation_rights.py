"""Rights of the person who asks about a thread."""

from typing import Protocol

from services.enrolment.conversations.queries.reading_rights import guardian_may_read
from services.enrolment.handlers.caller_rights import FAMILY
from shared.bus import Service, right
from shared.contracts.message import Caller


class OfThread(Protocol):
    """A request about a thread."""

    @property
    def thread_id(self) -> str: ...


@right("reader of the thread")
def is_reader_of_thread(service: Service, caller: Caller, request: OfThread) -> bool:
    """
    Return whether the caller is a guardian of the thread's audience and still of its children.

    To any other person the thread does not exist: a refusal would reveal it.
    """
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        return guardian_may_read(read, caller.subject, request.thread_id)
