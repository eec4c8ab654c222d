"""The metadata of billing's database, and what several of its tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, String

from shared.database import declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("billing")

Cents = BigInteger
"""Money: integer cents."""

Code = String(40)
Month = String(7)
"""A calendar month, such as 2026-11."""
