"""Leaves the line of the read log of an agent who opened a paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select

from services.dossier.models import ReadLog
from services.dossier.read_log.commands import log as read_log
from services.dossier.read_log.commands.front_desk_reads import AT_DESK, log_reads_of_request
from shared.contracts.dossier.papers.child_papers import ReadPaperRequest
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import is_unusual_hour
from shared.dates.instant import Instant
from shared.register.declarations import FRONT_DESK

CHECKING = "paper_check"
"""Purpose of a line in the log; families read it in words."""
OPENING = timedelta(minutes=15)
"""Within which the parts of a paper that follow its first are of one opening."""


@dataclass(frozen=True)
class _Opening:
    """An opening of papers: the columns that the lines of all its parts have in common."""

    provider: str
    role: str
    projection: str
    purpose: str
    reader: str


def log_paper_read(
    write: Write, provider: str, request: ReadPaperRequest, request_id: str, when: Instant
) -> None:
    """
    Note that an agent opened the paper itself, beside the line of the child's page.

    One line for all parts; who asks for a later one without the first leaves it all the same.
    """
    opening = _Opening(provider, request.role, request.projection, CHECKING, request.reader)
    if request.part and _has_just_opened(write, opening, request.child_id, when):
        return
    access = read_log.Access(
        message_id=request_id,
        at=when.moment,
        child_id=request.child_id,
        role=request.role,
        projection=request.projection,
        purpose=CHECKING,
        subject=request.reader,
        unusual=is_unusual_hour(when.moment),
    )
    read_log.append_read(write, provider, access, when)


def log_home_paper_read(
    write: Write,
    child_ids: Iterable[str],
    projection: str,
    part: int,
    caller: Caller,
    when: Instant,
) -> None:
    """Note, of each child of a home, that an agent opened a paper of it: a line for all parts."""
    opening = _Opening(FRONT_DESK, caller.role, projection, AT_DESK, caller.subject)
    log_reads_of_request(
        write,
        [
            child_id
            for child_id in child_ids
            if not (part and _has_just_opened(write, opening, child_id, when))
        ],
        projection,
        agent=caller.subject,
        role=caller.role,
        request_id=caller.request_id,
        when=when,
    )


def _has_just_opened(write: Write, opening: _Opening, child_id: str, when: Instant) -> bool:
    line = exists().where(
        ReadLog.child_id == child_id,
        ReadLog.provider == opening.provider,
        ReadLog.role == opening.role,
        ReadLog.projection == opening.projection,
        ReadLog.purpose == opening.purpose,
        ReadLog.subject == opening.reader,
        ReadLog.at > when.moment - OPENING,
    )
    return bool(write.scalar(select(line)))
