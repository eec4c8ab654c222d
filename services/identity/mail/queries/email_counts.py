"""Counts emails by state, for operations."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.mail.rules.retries import WAITING
from services.identity.models import Email
from shared.contracts.identity.email_counts import EmailCount, PostStateAnswer


def count_emails(read: Session) -> PostStateAnswer:
    """Return the number of emails by template and state, and the time of the oldest that waits."""
    counts = select(Email.template, Email.state, func.count()).group_by(Email.template, Email.state)
    return PostStateAnswer(
        letters=[
            EmailCount(template=template, state=state, count=count)
            for template, state, count in sorted(read.execute(counts))
        ],
        oldest_waiting=read.scalar(select(func.min(Email.posted_at)).where(Email.state == WAITING)),
    )
