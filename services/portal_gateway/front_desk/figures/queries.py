"""
Figures of the town's quarters: each provider's own, and the sums of what they show.

A sum leaves out what a provider hid, and says so: it adds shown numbers and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.front_desk.models import ProviderFigures
from shared.json_values import JsonMapping


@dataclass(frozen=True)
class Sum:
    """A sum of shown numbers; `hidden`: at least one is not in it."""

    number: int
    hidden: bool


@dataclass(frozen=True)
class OfProvider:
    """A quarter of one provider, as it published it."""

    source: str
    at: datetime
    attendance: JsonMapping
    demand: JsonMapping
    income: Sequence[JsonMapping]


def published_quarters(read: Session) -> Sequence[str]:
    """Return the quarters of which a provider published figures, the latest first."""
    query = select(ProviderFigures.period).distinct().order_by(ProviderFigures.period.desc())
    return read.scalars(query).all()


def figures_of_quarter(read: Session, period: str, sources: Iterable[str]) -> list[OfProvider]:
    """Return what these principals published of a quarter, in their order."""
    rows = read.scalars(select(ProviderFigures).filter_by(period=period))
    by_source = {row.source: row for row in rows}
    return [
        OfProvider(
            row.source,
            row.at,
            row.content["attendance"],
            row.content["demand"],
            row.content.get("income", []),
        )
        for source in sources
        if (row := by_source.get(source))
    ]


def sum_of_shown_figures(numbers: Iterable[int | None]) -> Sum:
    """Add what is shown."""
    listed = list(numbers)
    return Sum(sum(number or 0 for number in listed), None in listed)


def sums_by_column(tables: Sequence[JsonMapping]) -> list[Sum]:
    """Return the sums of tables' totals by column, and of the whole last."""
    totals = [[*table["numbers"], table["total"]] for table in tables if table["rows"]]
    return [sum_of_shown_figures(column) for column in zip(*totals, strict=True)]
