"""Lines in the read log for what an agent of the front desk was shown (rule R13)."""

from collections.abc import Iterable

from services.dossier.read_log.commands import log as read_log
from services.dossier.store import store
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import is_unusual_hour
from shared.dates.instant import Instant
from shared.register.declarations import FRONT_DESK

NAMES, HOUSEHOLD, ADDRESS = "names", "household", "address"
AT_DESK, ACCOMPANIED, BY_LETTER = "at_front_desk", "accompanied", "access_letter"
OF_BREACH = "breach_letter"
"""Why it was read, as families see it (rule R13)."""


def log_reads_of_request(
    write: Write,
    child_ids: Iterable[str],
    part: str,
    *,
    agent: str,
    role: str,
    request_id: str,
    when: Instant,
    purpose: str = AT_DESK,
) -> None:
    """Leave a line in the read log of each of these children; a request that is repeated, one."""
    lines = (
        read_log.Access(
            message_id=f"{request_id}:{child_id}",
            at=when.moment,
            child_id=child_id,
            role=role,
            projection=part,
            purpose=purpose,
            subject=agent,
            unusual=is_unusual_hour(when.moment),
        )
        for child_id in sorted(child_ids)
    )
    read_log.append_reads(write, FRONT_DESK, lines, when)


def log_reads_before_answer(
    caller: Caller,
    child_ids: Iterable[str],
    part: str,
    when: Instant,
    purpose: str = AT_DESK,
) -> None:
    """Leave the lines of a reading at the front desk before it is answered (rule R13)."""
    with store.write() as write:
        log_reads_of_request(
            write,
            child_ids,
            part,
            agent=caller.subject,
            role=caller.role,
            request_id=caller.request_id,
            when=when,
            purpose=purpose,
        )
