"""Drafts found again by reference and key, and their content, sealed until it is read."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Draft
from services.dossier.registrations.queries import emails as emails_queries
from services.dossier.registrations.queries.papers import papers_of
from services.dossier.registrations.rules.drafts import fits
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.registrations import OPEN, DraftBearer, DraftClosed, ReadDraftAnswer
from shared.contracts.errors import NotFound
from shared.person.codes import plain


def held_draft(session: Session, bearer: DraftBearer, *, lock: bool = False) -> Draft:
    """
    Return the draft of a reference and key; raises NotFound.

    A wrong key is refused like a reference that nobody has, after the same work.
    """
    draft = draft_named(session, bearer.reference, lock=lock)
    if not fits(bearer.key, draft.key_digest if draft else "") or draft is None:
        raise NotFound
    return draft


def draft_named(session: Session, reference: str, *, lock: bool = False) -> Draft | None:
    """Return the draft of a reference, which shows nothing of who asks."""
    asked = select(Draft).where(Draft.reference == plain(reference))
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return session.scalar(asked)


def require_open(draft: Draft, *states: str) -> None:
    """Raise DraftClosed for a draft in another state; open is the usual one."""
    if draft.state not in (states or (OPEN,)):
        raise DraftClosed(state=draft.state)


def content_of_draft(draft: Draft) -> Content:
    """Return what was written, by step; empty once the desk has decided."""
    if draft.content is None:
        return {}
    opened: Content = vault.open(draft.id, sealed_place(draft.version), draft.content)
    return opened


def sealed_place(version: int) -> str:
    return f"draft.{version}"


def read_draft(read: Session, bearer: DraftBearer) -> ReadDraftAnswer:
    """Return a draft to its holder, with what became of it."""
    draft = held_draft(read, bearer)
    return ReadDraftAnswer(
        state=draft.state,
        way=draft.way,
        content=content_of_draft(draft),
        papers=papers_of(read, draft.id),
        reason=draft.reason,
        forget_on=draft.forget_on,
        email=emails_queries.told(read, draft),
    )
