"""Closes sessions that identity no longer accepts; notes a provider that answers again."""

from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update

from services.portal_gateway.cards.live_kinds import SESSION, note_change
from services.portal_gateway.models import AccompaniedVisit, UnavailableProvider, WebSession
from shared.database import Write
from shared.database.prebuilt_statements import execute

_AVAILABLE = delete(UnavailableProvider).where(
    UnavailableProvider.provider == bindparam("of_provider")
)


def close_sessions(write: Write, subject: str, not_before: datetime, moment: datetime) -> None:
    """
    Close the sessions that identity no longer accepts; a saved form stays in its row.

    Sessions that an agent accompanies at the front desk end with the agent's.
    """
    visit = select(AccompaniedVisit.web_session).where(AccompaniedVisit.actor == subject)
    older = (
        or_(WebSession.subject == subject, WebSession.id.in_(visit)),
        WebSession.ends_at > moment,
        WebSession.opened_at < not_before,
    )
    write.execute(update(WebSession).where(*older).values(ends_at=moment))
    note_change(write, SESSION, subject)


def mark_provider_available(write: Write, provider: str) -> None:
    """Note that a provider is available again: an event of it has arrived."""
    execute(write, _AVAILABLE, of_provider=provider)
