"""Years of households at a régie: what a tariff cost each, and would cost by another grid."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from services.billing.bills.queries.net_lines import billed_lines
from services.billing.grid_replays.rules.year_by_grid import (
    Prices,
    Year,
    tariff_with_grid,
    year_of_household,
)
from services.billing.models import Counted, GridReplay, InvoiceLine, StoredPlace, TariffVersion
from services.billing.payers.queries.payers import payers_by_household
from services.billing.pricing.rules.tariff import parse_tariff
from services.billing.quantities.queries.counted_quantities import counted_by_month
from services.billing.quantities.queries.tariffs import current_residence_classes
from shared.contracts.values import Content
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.months import first_of, last_of, months_between


def tariffs_with_and_without_grid(session: Session, replay: GridReplay) -> Prices | None:
    """Return the tariff as it is and with the grid; None where it was withdrawn meanwhile."""
    content = tariff_content(session, replay.provider, replay.tariff)
    if content is None:
        return None
    named = replay.provider, replay.tariff
    present = parse_tariff(*named, content)
    other = parse_tariff(*named, {**content, "grids": [replay.grid]})
    return Prices(
        present,
        tariff_with_grid(present, other),
        current_residence_classes(session, replay.provider),
    )


def tariff_content(session: Session, provider: str, code: str) -> Content | None:
    """Return a tariff as its provider last announced it, None where it is withdrawn or unknown."""
    return session.scalar(
        select(TariffVersion.content)
        .where(TariffVersion.provider == provider, TariffVersion.tariff == code)
        .order_by(TariffVersion.version.desc())
        .limit(1)
    )


def households_after(session: Session, replay: GridReplay, size: int) -> Sequence[str]:
    """Return the next households with a quantity, a place or a line in the months of a replay."""
    first, last = first_of(replay.first), last_of(replay.last)
    chosen = (
        (Counted, Counted.month.between(replay.first, replay.last)),
        (InvoiceLine, InvoiceLine.month.between(replay.first, replay.last)),
        (
            StoredPlace,
            StoredPlace.cancelled.is_(False)
            & (StoredPlace.valid_from <= last)
            & not_ended_before_condition(StoredPlace.valid_to, first),
        ),
    )
    of_each = [
        select(
            select(table.household_id)
            .where(table.regie == replay.regie, table.household_id > replay.after, in_months)
            .distinct()
            .order_by(table.household_id)
            .limit(size)
            .subquery()
            .c.household_id
        )
        for table, in_months in chosen
    ]
    found = union(*of_each).subquery()
    rows = select(found.c.household_id).order_by(found.c.household_id).limit(size)
    return session.scalars(rows).all()


def years_of_households(
    session: Session, replay: GridReplay, prices: Prices, household_ids: Collection[str]
) -> Iterator[Year]:
    """Give the years of those of the households that had something of the tariff."""
    months = list(months_between(replay.first, replay.last))
    due = {household_id: dict.fromkeys(months, 0) for household_id in household_ids}
    payers = payers_by_household(session, household_ids)
    counted = counted_by_month(session, replay.provider, replay.regie, due)
    billed = billed_lines(session, replay.regie, due)
    for household_id in household_ids:
        year = year_of_household(
            payers[household_id], counted[household_id], billed.get(household_id, {}), prices
        )
        if year is not None:
            yield year
