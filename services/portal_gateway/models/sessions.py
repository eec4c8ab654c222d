"""Open browser sessions, and the forms saved when one expired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment


class WebSession(Base):
    """
    One browser in which one person is signed in.

    The browser alone holds the secret: `id` is its hash, and every sealed column is encrypted with
    a key derived from it. A copy of this table opens no session and shows no name.
    """

    __tablename__ = "web_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(Id, index=True)
    identity: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the name, identity's session secret, the person token and when it ends."""
    children: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: the last list of children that the dossier gave, and when; never health data."""
    draft: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: a form that was typed and could not be sent before the session ran out."""
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: where PayFiP sent its last ticket, so that the next bill does not ask again."""
    opened_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    """Last request of this browser, to the minute."""
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """The absolute end, whatever happens in between."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """Withdrawal by identity; the row stays for a day, for its saved form."""
