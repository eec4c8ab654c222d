"""Tables of the front desk: its agents and their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database import declarative_base_for
from shared.person import subject_tables
from shared.web.agents.models import desk_tables

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("front_desk")

Subject, SubjectRight = subject_tables(Base)
DeskSession, DeskDoor = desk_tables(Base)
