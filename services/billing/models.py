"""What billing keeps: for now the kit's own tables, so that its place in the town is real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database import declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("billing")
