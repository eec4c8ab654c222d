"""What open pages of the desk compare."""

from __future__ import annotations

from services.enrolment.models.base import Base
from shared.live.changes import ChangeColumns


class Change(ChangeColumns, Base):
    """How often something changed that agents with one act work on, or one agent's own rights."""

    __tablename__ = "live_change"
