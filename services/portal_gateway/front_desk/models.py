"""Tables of the front desk: its agents and their sessions, and the schools of the town."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database import declarative_base_for
from shared.person import subject_tables
from shared.schools.replica import school_table
from shared.web.agents.models import desk_tables

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("front_desk")

Subject, SubjectRight = subject_tables(Base)
PublishedSchool = school_table(Base)
DeskSession, DeskDoor = desk_tables(Base)
