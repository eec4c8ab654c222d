"""Figures that a provider publishes for the council: sums of a quarter, none under five."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.message import Event
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Count,
    Moment,
    Version,
    list_length,
    maybe_text,
    text,
)

OWNER = "enrolment"

LEAST_SHOWN = 5
MOST_ROWS = 300
"""Rows of one table; a provider with more adds up its sites."""
MOST_INCOME_ROWS = 1_000

Quarter = Annotated[str, validate.Regexp(r"^20\d\d-T[1-4]\Z")]
Number = Annotated[int | None, validate.Range(LEAST_SHOWN), NONE]
"""Null: hidden, because it is under five or would give such a one away."""


class FigureRow(TypedDict):
    """One activity at one site, "" for all; `sessions` and `places` are of no person."""

    site: Annotated[str, validate.Length(max=120)]
    activity: Annotated[str, text(120)]
    sessions: Count
    places: Count
    numbers: Annotated[list[Number], list_length(3, 3)]
    total: Number


class FigureTable(TypedDict):
    """Rows with the sum of each, and below them the sums of the columns."""

    rows: Annotated[list[FigureRow], list_length(0, MOST_ROWS)]
    numbers: Annotated[list[Number], list_length(0, 3)]
    total: Number


class IncomeRow(TypedDict):
    """
    Amount billed of one activity for one basis of price, or in one band of quotients; cents.

    `basis` is one of billing's (shared/contracts/billing/figures/income.py).
    """

    activity: Annotated[str, maybe_text(120), EMPTY]
    basis: Code
    from_cents: Annotated[Cents | None, NONE]
    to_cents: Annotated[Cents | None, NONE]
    households: Number
    cents: Annotated[Cents | None, NONE]


class QuarterFigures(TypedDict):
    """
    Attendance and outcomes of applications, each by activity and site; income by activity.

    Numbers of attendance: came; missed, or cancelled too late; excused. Of demand: placed; on the
    waiting list, or refused for want of a place; other.

    Income is there once who holds the régie has published it, and stays as it was that day. It has
    no totals.
    """

    attendance: FigureTable
    demand: FigureTable
    income: Annotated[list[IncomeRow], list_length(0, MOST_INCOME_ROWS), Default(list)]


@dataclass(frozen=True)
class FiguresPublished:
    period: Quarter
    version: Version
    content: QuarterFigures
    at: Moment


figures_published = Event(OWNER, "figures_published", FiguresPublished)
"""The figures of a quarter that is over, whole, when a director publishes them. Sums alone."""
