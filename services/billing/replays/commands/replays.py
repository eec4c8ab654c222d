"""Orders a replay, and counts its households some at a time: each step is one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import delete, select, update

from services.billing.models import GridReplay
from services.billing.replays.queries.years import (
    households_after,
    prices_of_replay,
    tariff_content,
    years_of,
)
from services.billing.replays.rules.comparison import Year, added_to
from shared.contracts.billing.replays import DONE, WORKING, OrderReplayRequest
from shared.contracts.enrolment.tariffs import Grid, tariff_schema
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Store, Write
from shared.register import Provider
from shared.runtime.ids import new_id


def order_replay(write: Write, provider: Provider, order: OrderReplayRequest, at: datetime) -> None:
    """
    Begin a replay in place of the tariff's last one.

    Raises NotFound for a tariff that bills nothing here, BadRequest for a grid that does not fit
    it.
    """
    content = tariff_content(write, provider.code, order.tariff)
    activity = content["activity"] if content else ""
    regie = next((one.code for one in provider.regies if activity in one.activities), None)
    if content is None or regie is None:
        raise NotFound
    row = GridReplay(
        id=new_id(),
        provider=provider.code,
        regie=regie,
        tariff=order.tariff,
        grid=_fitting(content, order.grid),
        first=order.first,
        last=order.last,
        state=WORKING,
        asked_at=at,
    )
    former = (GridReplay.provider == provider.code, GridReplay.tariff == order.tariff)
    write.execute(delete(GridReplay).where(*former))
    write.add(row)


def _fitting(content: Mapping[str, Any], grid: Grid) -> Any:
    """Return a grid as it is stored, if it has a price for every public of its tariff."""
    written = tariff_schema.dump({**tariff_schema.load(content), "grids": [grid]})
    try:
        tariff_schema.load(written)
    except ValidationError:
        raise BadRequest(errors={"grid": ["does not fit the tariff"]}) from None
    return written["grids"][0]


def replay_chunk(store: Store, replay: GridReplay, size: int) -> None:
    """
    Count the next households of a replay; without any left it is done.

    What another worker counted meanwhile, or a new order, makes this step count for nothing.
    """
    with store.read() as read:
        prices = prices_of_replay(read, replay)
        household_ids = households_after(read, replay, size) if prices else ()
        years = list(years_of(read, replay, prices, household_ids)) if prices else []
    with store.write() as write:
        here = (GridReplay.id == replay.id, GridReplay.after == replay.after)
        row = write.scalars(select(GridReplay).where(*here).with_for_update()).first()
        if row is None or row.state == DONE:
            return
        write.execute(
            update(GridReplay)
            .where(*here)
            .values(
                **_sums(row, years),
                after=household_ids[-1] if household_ids else row.after,
                state=WORKING if len(household_ids) == size else DONE,
            )
        )


def _sums(row: GridReplay, years: list[Year]) -> dict[str, Any]:
    return {
        "households": row.households + len(years),
        "issued_cents": row.issued_cents + sum(year.issued_cents for year in years),
        "reckoned_cents": row.reckoned_cents + sum(year.reckoned_cents for year in years),
        "new_cents": row.new_cents + sum(year.new_cents for year in years),
        "unpriced": row.unpriced + sum(year.unpriced for year in years),
        "bands": added_to(row.bands, years),
    }
