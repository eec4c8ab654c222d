"""The metadata of one provider's database, and what several of its tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint

from shared.database import declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("enrolment")


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """Return the constraint that a column holds one of these codes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
