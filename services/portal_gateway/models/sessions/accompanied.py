"""Sessions at the front desk, an agent beside the family: what was done in them, and seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment


class AccompaniedVisit(Base):
    """
    One accompanied session, under identity's id of it; `ends_at` moves to when it was ended.

    `web_session` is the digest of the browser's secret: at the counter it opens the summary for a
    while after the end. Kept as long as news are.
    """

    __tablename__ = "accompanied_visit"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, index=True)
    actor: Mapped[str] = mapped_column(Id, index=True)
    web_session: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the guardian's name."""
    opened_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)


class AccompaniedLine(Base):
    """A page that was seen, or an action that was done, in order; `content` is sealed."""

    __tablename__ = "accompanied_line"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    visit_id: Mapped[str] = mapped_column(
        ForeignKey("accompanied_visit.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(Moment)
    content: Mapped[bytes] = mapped_column(LargeBinary)
