"""Who is signed in at the desk, and who is between password and code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Id, Moment


class DeskSession(Base):
    """
    An agent signed in at the desk.

    The browser alone has the secret: its digest names the row, and it opens `sealed`, in which are
    identity's session and token.
    """

    __tablename__ = "desk_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="digest of the secret")
    subject: Mapped[str] = mapped_column(Id, index=True)
    name: Mapped[str] = mapped_column(String(120))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    token_at: Mapped[datetime] = mapped_column(Moment, comment="when its token was issued")
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime] = mapped_column(Moment)


class DeskDoor(Base):
    """Between password and code: what was typed, sealed by a secret that the browser alone has."""

    __tablename__ = "desk_door"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="digest of the secret")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
