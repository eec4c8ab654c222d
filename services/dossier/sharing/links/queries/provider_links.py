"""Links between a child and a provider."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.dossier.models import Link

_LATEST = (
    select(Link)
    .where(Link.child_id == bindparam("child_id"), Link.provider == bindparam("provider"))
    .order_by(Link.version.desc())
    .limit(1)
)


def latest_link(session: Session, child_id: str, provider: str) -> Link | None:
    """Return the open link of the pair, or else the one that ended last."""
    return session.scalar(_LATEST, {"child_id": child_id, "provider": provider})
