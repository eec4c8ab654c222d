"""The desk's agents: sessions, sign-ins, names sought in vain, what their open pages compare."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id
from shared.live.change_counts import ChangeColumns
from shared.web.agents.session_tables import desk_tables

DeskSession, DeskDoor = desk_tables(Base)


class NamesInVain(Base):
    """Count of the children an agent named on a day who are not known here; never which."""

    __tablename__ = "names_in_vain"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(Day, primary_key=True)
    count: Mapped[int]


class Change(ChangeColumns, Base):
    """Counter of changes for agents with one permission, or of one agent's own rights."""

    __tablename__ = "live_change"
