"""Orders a replay, and counts its households some at a time: each step is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from marshmallow import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.billing.grid_replays.queries.household_years_at_both_grids import (
    households_after,
    tariff_content,
    tariffs_with_and_without_grid,
    years_of_households,
)
from services.billing.grid_replays.rules.year_by_grid import Year, bands_with_years_added
from services.billing.models import GridReplay
from shared.contracts.billing.prices.grid_replays import DONE, WORKING, OrderReplayRequest
from shared.contracts.enrolment.tariffs import Grid, tariff_schema
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Store, Write
from shared.register import Provider
from shared.runtime.ids import new_id

_SUMS = ("households", "issued_cents", "reckoned_cents", "new_cents", "unpriced")
"""Columns that grow with each step; all but the first are those of a household's year."""


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
    key = {"provider": provider.code, "tariff": order.tariff}
    values = {
        "id": new_id(),
        "regie": regie,
        "grid": _require_fitting_grid(content, order.grid),
        "first": order.first,
        "last": order.last,
        "state": WORKING,
        "asked_at": at,
        "after": "",
        **dict.fromkeys(_SUMS, 0),
        "bands": [],
    }
    write.execute(
        write.upsert_into(GridReplay)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )


def _require_fitting_grid(content: Mapping[str, object], grid: Grid) -> object:
    """Return a grid as it is stored, if it has a price for every public of its tariff."""
    written = tariff_schema.dump({**tariff_schema.load(content), "grids": [grid]})
    try:
        tariff_schema.load(written)
    except ValidationError:
        raise BadRequest(errors={"grid": ["does not fit the tariff"]}) from None
    return written["grids"][0]


def replay_next_households(store: Store, replay: GridReplay, size: int) -> None:
    """
    Count the next households of a replay; without any left it is done.

    What another worker counted meanwhile, or a new order, makes this step count for nothing.
    """
    with store.read() as read:
        household_ids, years = _next_household_years(read, replay, size)
    with store.write() as write:
        here = (GridReplay.id == replay.id, GridReplay.after == replay.after)
        row = write.scalars(select(GridReplay).where(*here).with_for_update()).first()
        if row is None or row.state == DONE:
            return
        write.execute(
            update(GridReplay)
            .where(*here)
            .values(
                **_sums_with_years(row, years),
                after=household_ids[-1] if household_ids else row.after,
                state=WORKING if len(household_ids) == size else DONE,
            )
        )


def _next_household_years(
    session: Session, replay: GridReplay, size: int
) -> tuple[Sequence[str], list[Year]]:
    """Return the next households and their years; none of a tariff that was withdrawn."""
    prices = tariffs_with_and_without_grid(session, replay)
    if prices is None:
        return (), []
    household_ids = households_after(session, replay, size)
    return household_ids, list(years_of_households(session, replay, prices, household_ids))


def _sums_with_years(row: GridReplay, years: list[Year]) -> dict[str, object]:
    counted = {name: sum(getattr(year, name) for year in years) for name in _SUMS[1:]}
    sums = {"households": len(years), **counted}
    return {
        **{name: getattr(row, name) + more for name, more in sums.items()},
        "bands": bands_with_years_added(row.bands, years),
    }
