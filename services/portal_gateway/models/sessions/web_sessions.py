"""Open browser sessions, and the forms saved when one expired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Moment
from shared.web.session.sealed_rows import SessionColumns


class WebSession(SessionColumns, Base):
    """
    One browser in which one person is signed in; it stays for a day after its end.

    A copy of this table opens no session and shows no name. Identity's withdrawal is its end too.
    """

    __tablename__ = "web_session"

    children: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: the last list of children that the dossier gave, and when; never health data."""
    saved_form: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: a form that was typed and could not be sent before the session ran out."""
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: where PayFiP sent its last ticket, so that the next bill does not ask again."""
    opened_at: Mapped[datetime] = mapped_column(Moment)
    proven_at: Mapped[datetime | None] = mapped_column(Moment)
    """Moment at which the person last gave all that it is asked for before something grave."""
