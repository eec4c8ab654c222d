"""The metadata of one provider's database, and parts shared by several of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database import declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("enrolment")
