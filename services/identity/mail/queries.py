"""State of the post: how much waits, and since when."""

from typing import Any

from sqlalchemy import func, select

from services.identity.mail.rules import WAITING
from services.identity.models import Letter


def state_of_post(read: Any) -> dict[str, Any]:
    """Return how many letters are in which state, and since when the oldest waits."""
    counts = select(Letter.template, Letter.state, func.count()).group_by(
        Letter.template, Letter.state
    )
    return {
        "letters": [
            {"template": template, "state": state, "count": count}
            for template, state, count in sorted(map(tuple, read.execute(counts)))
        ],
        "oldest_waiting": read.scalar(
            select(func.min(Letter.posted_at)).where(Letter.state == WAITING)
        ),
    }
