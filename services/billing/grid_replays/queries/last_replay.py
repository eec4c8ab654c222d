"""The last replay of a tariff, as it is answered."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import GridReplay
from shared.contracts.billing.prices.grid_replays import ReplayAnswer
from shared.contracts.errors import NotFound


def last_replay_of_tariff(session: Session, provider: str, tariff: str) -> ReplayAnswer:
    """Return the last replay of a provider's tariff; raises NotFound without one."""
    of_tariff = (GridReplay.provider == provider, GridReplay.tariff == tariff)
    row = session.scalars(select(GridReplay).where(*of_tariff)).first()
    if row is None:
        raise NotFound
    return ReplayAnswer(
        state=row.state,
        asked_at=row.asked_at,
        first=row.first,
        last=row.last,
        decision=row.grid["decision"],
        households=row.households,
        issued_cents=row.issued_cents,
        reckoned_cents=row.reckoned_cents,
        new_cents=row.new_cents,
        unpriced=row.unpriced,
        bands=row.bands,
    )
