"""
What a guardian takes away of a child's file: one signed line each, for who took it alone.

A line stands in the log of reads, chained with the others; another guardian is never shown it
(rule R13).
"""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import READ, ReadLog
from services.dossier.read_log.commands.log import append_read
from services.dossier.read_log.rules.summary import kept_from
from shared.database import Write
from shared.dates.clock import midnight
from shared.dates.instant import When

NO_PROVIDER = ""
FAMILY, COURSE = "family", "course"


def note_export(write: Write, request: SimpleNamespace, when: When) -> None:
    """Record that a guardian took a child's history away, once for each request."""
    line = SimpleNamespace(
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


def exports_of(session: Session, child_id: str, subject: str, when: When) -> list[dict[str, Any]]:
    """Return what this guardian took away in the last twelve months, the latest first."""
    since = midnight(kept_from(when.day))
    rows = session.execute(
        select(ReadLog.purpose, ReadLog.at)
        .where(
            ReadLog.child_id == child_id,
            ReadLog.kind == READ,
            ReadLog.provider == NO_PROVIDER,
            ReadLog.subject == subject,
            ReadLog.at >= since,
        )
        .order_by(ReadLog.sequence.desc())
    )
    return [{"form": form, "at": at} for form, at in rows]
