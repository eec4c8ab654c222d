"""Work on replays of grids: some households at a time, after all that is billed or paid."""

from collections.abc import Collection

from sqlalchemy import select

from services.billing.grid_replays.commands.replay_steps import replay_next_households
from services.billing.models import GridReplay
from shared.contracts.billing.prices.grid_replays import WORKING
from shared.database import Store

CHUNK = 100
"""Households of one step, a year of each: less than a second."""


def next_replay(store: Store, resting: Collection[str] = ()) -> GridReplay | None:
    """Return the replay that was ordered first of those at work; those that rest are left out."""
    at_work = (GridReplay.state == WORKING, GridReplay.id.not_in(resting))
    with store.read() as read:
        return read.scalars(
            select(GridReplay).where(*at_work).order_by(GridReplay.asked_at, GridReplay.id).limit(1)
        ).first()


def work_on_replay(store: Store, replay: GridReplay, size: int = CHUNK) -> None:
    """Count a replay's next households."""
    replay_next_households(store, replay, size)
