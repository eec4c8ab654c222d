"""Replays of grids over past quantities: sums by band, which name no person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code, Month
from shared.contracts.billing.prices.grid_replays import STATES
from shared.database import Id, Moment, one_of


class GridReplay(Base):
    """
    The last replay of a tariff: `grid` over the quantities of the months from `first` to `last`.

    `after` is the last household that was counted. `bands` are the rows of its answer. A new
    replay of the tariff takes its place.
    """

    __tablename__ = "grid_replay"
    __table_args__ = (UniqueConstraint("provider", "tariff"), one_of("state", STATES))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    tariff: Mapped[str] = mapped_column(Code)
    grid: Mapped[dict] = mapped_column(JSON)
    first: Mapped[str] = mapped_column(Month)
    last: Mapped[str] = mapped_column(Month)
    state: Mapped[str] = mapped_column(String(10), index=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    after: Mapped[str] = mapped_column(String(36), default="")
    households: Mapped[int] = mapped_column(default=0)
    issued_cents: Mapped[int] = mapped_column(Cents, default=0)
    reckoned_cents: Mapped[int] = mapped_column(Cents, default=0)
    new_cents: Mapped[int] = mapped_column(Cents, default=0)
    unpriced: Mapped[int] = mapped_column(default=0)
    bands: Mapped[list] = mapped_column(JSON, default=list)
