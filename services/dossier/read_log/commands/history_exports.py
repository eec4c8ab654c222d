"""
Exports of a child's file by a guardian: one signed line each, shown to that guardian alone.

A line is kept in the log of reads, chained with the others; another guardian is never shown it
(rule R13).
"""

from services.dossier.read_log.commands.log import Access, append_read
from services.dossier.read_log.queries.history_exports import NO_PROVIDER
from shared.contracts.dossier.activity_history_requests import NoteExportRequest
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.instant import Instant

FAMILY, COURSE = "family", "course"


def log_history_export(
    write: Write, request: NoteExportRequest, caller: Caller, when: Instant
) -> None:
    """Record that a guardian took a child's history away, once for each request."""
    line = Access(
        message_id=caller.request_id,
        at=when.moment,
        child_id=request.child_id,
        role=FAMILY,
        projection=COURSE,
        purpose=request.form,
        subject=caller.subject,
        unusual=False,
    )
    append_read(write, NO_PROVIDER, line, when)
