"""Leaves the line of the read log of an agent who opened a paper."""

from services.dossier.read_log.commands import log as read_log
from shared.contracts.dossier.papers import ReadPaperRequest
from shared.database import Write
from shared.dates.clock import is_unusual_hour
from shared.dates.instant import Instant

CHECKING = "paper_check"
"""Purpose of a line in the log; families read it in words."""


def log_paper_read(
    write: Write, provider: str, request: ReadPaperRequest, request_id: str, when: Instant
) -> None:
    """Note that an agent opened the paper itself, beside the line of the child's page."""
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
