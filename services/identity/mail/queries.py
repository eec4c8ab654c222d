"""State of the post: how much waits, and since when."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.mail.rules import WAITING
from services.identity.models import Letter
from shared.contracts.identity.emails import EmailCount, PostStateAnswer


def state_of_post(read: Session) -> PostStateAnswer:
    """Return how many letters are in which state, and since when the oldest waits."""
    counts = select(Letter.template, Letter.state, func.count()).group_by(
        Letter.template, Letter.state
    )
    return PostStateAnswer(
        letters=[
            EmailCount(template=template, state=state, count=count)
            for template, state, count in sorted(read.execute(counts).tuples())
        ],
        oldest_waiting=read.scalar(
            select(func.min(Letter.posted_at)).where(Letter.state == WAITING)
        ),
    )
