"""Leaves the line of the read log of an agent who opened a paper."""

from datetime import timedelta

from sqlalchemy import exists, select

from services.dossier.models import ReadLog
from services.dossier.read_log.commands import log as read_log
from shared.contracts.dossier.papers import ReadPaperRequest
from shared.database import Write
from shared.dates.clock import is_unusual_hour
from shared.dates.instant import Instant

CHECKING = "paper_check"
"""Purpose of a line in the log; families read it in words."""
OPENING = timedelta(minutes=15)
"""Within which the parts of a paper that follow its first are of one opening."""


def log_paper_read(
    write: Write, provider: str, request: ReadPaperRequest, request_id: str, when: Instant
) -> None:
    """
    Note that an agent opened the paper itself, beside the line of the child's page.

    One line for all parts; who asks for a later one without the first leaves it all the same.
    """
    if request.part and _has_just_opened(write, provider, request, when):
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


def _has_just_opened(write: Write, provider: str, request: ReadPaperRequest, when: Instant) -> bool:
    line = exists().where(
        ReadLog.child_id == request.child_id,
        ReadLog.provider == provider,
        ReadLog.role == request.role,
        ReadLog.projection == request.projection,
        ReadLog.purpose == CHECKING,
        ReadLog.subject == request.reader,
        ReadLog.at > when.moment - OPENING,
    )
    return bool(write.scalar(select(line)))
