"""Exports of a child’s history, shown to the guardian who took them away (rule R13)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.duplicate_children import files_of
from services.dossier.models import READ, ReadLog
from services.dossier.read_log.rules.summary import kept_from
from shared.contracts.dossier.guardians import Export
from shared.dates.clock import midnight
from shared.dates.instant import Instant

NO_PROVIDER = ""


def exports_of(session: Session, child_id: str, subject: str, when: Instant) -> list[Export]:
    """Return what this guardian took away in the last twelve months, the latest first."""
    since = midnight(kept_from(when.day))
    rows = session.execute(
        select(ReadLog.purpose, ReadLog.at)
        .where(
            ReadLog.child_id.in_(files_of(session, child_id)),
            ReadLog.kind == READ,
            ReadLog.provider == NO_PROVIDER,
            ReadLog.subject == subject,
            ReadLog.at >= since,
        )
        .order_by(ReadLog.sequence.desc())
    )
    return [{"form": form, "at": at} for form, at in rows]
