"""Links between a child and a provider."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Link


def latest_link(session: Session, child_id: str, provider: str) -> Link | None:
    """Return the open link of the pair, or else the one that ended last."""
    return session.scalar(
        select(Link)
        .where(Link.child_id == child_id, Link.provider == provider)
        .order_by(Link.version.desc())
        .limit(1)
    )
