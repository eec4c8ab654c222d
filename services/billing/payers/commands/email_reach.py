"""Keeps whom e-mails reach, and who asked for paper."""

from datetime import datetime

from sqlalchemy import delete

from services.billing.models import EmailReach, PaperChoice
from shared.contracts.identity.accounts import EmailReachChanged
from shared.database import Write


def record_email_reach(write: Write, event: EmailReachChanged) -> None:
    """Store whether e-mails reach a guardian, if it is newer than what is stored."""
    said = {"version": event.version, "by_email": event.by_email}
    row = write.upsert_into(EmailReach).values(subject=event.subject, **said)
    write.execute(
        row.on_conflict_do_update(
            index_elements=["subject"], set_=said, where=EmailReach.version < event.version
        )
    )


def record_paper_choice(
    write: Write, provider: str, household_id: str, *, paper: bool, by: str, at: datetime
) -> None:
    """Note that a household wants a provider's letters on paper, or no longer; idempotent."""
    chosen = {"provider": provider, "household_id": household_id}
    if paper:
        row = write.upsert_into(PaperChoice).values(**chosen, asked_at=at, asked_by=by)
        write.execute(row.on_conflict_do_nothing())
    else:
        write.execute(delete(PaperChoice).filter_by(**chosen))
