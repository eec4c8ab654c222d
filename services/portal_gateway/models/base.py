"""The metadata of the portal's database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database import declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("portal")
