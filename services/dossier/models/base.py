"""
The metadata of the dossier's database, and what several of its tables share.

Moments are aware UTC, days are calendar days in France, versions count from 1. Names and birth
dates are in clear, since a desk must find a child; all else is sealed with the child's key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database import declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("dossier")
