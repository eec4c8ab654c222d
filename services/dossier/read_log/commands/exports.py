"""
What a guardian takes away of a child's file: one signed line each, for who took it alone.

A line stands in the log of reads, chained with the others; another guardian is never shown it
(rule R13).
"""

from types import SimpleNamespace

from services.dossier.read_log.commands.log import Access, append_read
from services.dossier.read_log.queries.exports import NO_PROVIDER
from shared.database import Write
from shared.dates.instant import When

FAMILY, COURSE = "family", "course"


def note_export(write: Write, request: SimpleNamespace, when: When) -> None:
    """Record that a guardian took a child's history away, once for each request."""
    line = Access(
        message_id=request.request_id,
        at=when.moment,
        child_id=request.child_id,
        role=FAMILY,
        projection=COURSE,
        purpose=request.form,
        subject=request.person.subject,
        unusual=False,
    )
    append_read(write, NO_PROVIDER, line, when)
