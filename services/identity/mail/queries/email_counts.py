"""Counts emails by state, for operations."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.mail.rules.retries import WAITING
from services.identity.models import Email
from shared.contracts.identity.email_counts import EmailCount, PostStateAnswer


def count_emails(read: Session) -> PostStateAnswer:
    """Return how many emails are in each state, and since when and why the oldest waits."""
    counts = select(Email.template, Email.state, func.count()).group_by(Email.template, Email.state)
    waits = select(Email.posted_at, Email.reason).where(Email.state == WAITING)
    oldest = read.execute(waits.order_by(Email.posted_at).limit(1)).first()
    return PostStateAnswer(
        letters=[
            EmailCount(template=template, state=state, count=count)
            for template, state, count in sorted(read.execute(counts))
        ],
        oldest_waiting=oldest.posted_at if oldest else None,
        why_oldest_waits=oldest.reason if oldest else "",
    )
