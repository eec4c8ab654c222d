"""Counters that open pages of the desk compare."""

from __future__ import annotations

from services.enrolment.models.base import Base
from shared.live.change_counts import ChangeColumns


class Change(ChangeColumns, Base):
    """Counter of changes for agents with one permission, or of one agent's own rights."""

    __tablename__ = "live_change"
