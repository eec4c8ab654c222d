"""A draft found again by its reference and key; its content, sealed; how long it is kept."""

import hmac
from datetime import date, timedelta
from hashlib import sha256
from types import SimpleNamespace

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Draft
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.registrations import ACCEPTED, OPEN, SENT, DraftClosed
from shared.contracts.errors import NotFound
from shared.dates.instant import When
from shared.person.codes import digest_of, plain

KEPT_OPEN, KEPT_SENT, KEPT_DECIDED = timedelta(days=30), timedelta(days=180), timedelta(days=30)
"""For so long after it was last changed, sent or decided on a draft is kept."""
REFERENCE_GROUPS, KEY_GROUPS = 2, 4
NO_DIGEST = sha256(b"").hexdigest()


def held_draft(session: Session, request: SimpleNamespace, *, lock: bool = False) -> Draft:
    """
    Return the draft of a reference and key; raises NotFound.

    A wrong key is refused like a reference that nobody has, after the same work.
    """
    draft = draft_named(session, request.reference, lock=lock)
    if not fits(request.key, draft.key_digest if draft else "") or draft is None:
        raise NotFound
    return draft


def draft_named(session: Session, reference: str, *, lock: bool = False) -> Draft | None:
    """Return the draft of a reference, which shows nothing of who asks."""
    asked = select(Draft).where(Draft.reference == plain(reference))
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return session.scalar(asked)


def fits(code: str, digest: str) -> bool:
    """Say whether a code is that of a digest, after the same work for "", which none fits."""
    return hmac.compare_digest(digest_of(code), digest or NO_DIGEST) and bool(digest)


def require_open(draft: Draft, *states: str) -> None:
    """Raise DraftClosed for a draft in another state; open is the usual one."""
    if draft.state not in (states or (OPEN,)):
        raise DraftClosed(state=draft.state)


def content_of_draft(draft: Draft) -> Content:
    """Return what was written, by step; empty once the desk has decided."""
    if draft.content is None:
        return {}
    opened: Content = vault.open(draft.id, _place(draft.version), draft.content)
    return opened


def keep_content(draft: Draft, content: Content, when: When) -> None:
    """Seal a draft's content as its next version; it is kept for a while longer."""
    draft.version += 1
    draft.content = vault.seal(draft.id, _place(draft.version), content)
    draft.forget_on = forgotten_on(draft.state, when.day)


def forgotten_on(state: str, day: date) -> date:
    """Return the day on which a draft goes that came to this state on that day."""
    kept = {OPEN: KEPT_OPEN, SENT: KEPT_SENT}.get(state, KEPT_DECIDED)
    return day + kept


def decide(draft: Draft, state: str, by: str, when: When, reason: str = "") -> None:
    """Close a draft: what was written goes now, its key within the hour (`forgetting`)."""
    draft.state, draft.content, draft.reason = state, None, reason
    draft.decided_at, draft.decided_by = when.moment, by
    draft.forget_on = forgotten_on(ACCEPTED, when.day)


def _place(version: int) -> str:
    return f"draft.{version}"
