"""Exports of a child’s history, shown to the guardian who took them away (rule R13)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.models import READ, ReadLog
from services.dossier.read_log.rules.summary_for_family import first_day_kept
from shared.contracts.dossier.guardians import Export
from shared.dates.clock import midnight
from shared.dates.instant import Instant

NO_PROVIDER = ""


def history_exports_of_guardian(
    session: Session, child_id: str, subject: str, when: Instant
) -> list[Export]:
    """Return what this guardian took away in the last twelve months, the latest first."""
    since = midnight(first_day_kept(when.day))
    rows = session.execute(
        select(ReadLog.purpose, ReadLog.at)
        .where(
            ReadLog.child_id.in_(all_ids_of_child(session, child_id)),
            ReadLog.kind == READ,
            ReadLog.provider == NO_PROVIDER,
            ReadLog.subject == subject,
            ReadLog.at >= since,
        )
        .order_by(ReadLog.sequence.desc())
    )
    return [{"form": form, "at": at} for form, at in rows]
