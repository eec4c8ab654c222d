"""Beginning a draft, and finding it again by its reference and key; its content, sealed."""

import hmac
from datetime import date, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.models import Draft
from services.dossier.projections import Content
from services.dossier.signing import DIGESTS, signing_key
from services.dossier.store import vault
from services.dossier.when import When
from shared.codes import digest_of, new_code, plain
from shared.contracts import drafts as contracts
from shared.contracts.drafts import ACCEPTED, EMAIL, OPEN, SENT, DraftClosed, TooManyDrafts
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.declarations import IDENTITY
from shared.ids import new_id

KEPT_OPEN, KEPT_SENT, KEPT_DECIDED = timedelta(days=30), timedelta(days=180), timedelta(days=30)
"""For so long after it was last changed, sent or decided on a draft is kept."""
MOST_AN_HOUR = 400
"""Drafts in the whole town: in the busiest week of a school year there are some fifty."""
LETTERS_A_DAY = 3
"""Links to one address: nobody's letter box is filled by somebody else."""

REFERENCE_GROUPS, KEY_GROUPS = 2, 4


def open_draft(write: Write, request: SimpleNamespace, when: When) -> dict[str, Any]:
    """
    Begin a draft; return its reference and key, which stand nowhere else.

    The same is done whoever may be known under the contact: nothing is looked up but drafts. Raises
    BadRequest for a contact of another shape, TooManyDrafts for a flood.
    """
    contact = _contact(request.way, request.contact)
    _refuse_flood(write, when)
    reference, key, draft_id = new_code(REFERENCE_GROUPS), new_code(KEY_GROUPS), new_id()
    digest = _contact_digest(write, contact or draft_id)
    letters = _opened_today(write, digest, when)
    draft = Draft(
        id=draft_id,
        reference=plain(reference),
        key_digest=digest_of(key),
        way=request.way,
        contact_digest=digest,
        state=OPEN,
        version=0,
        opened_at=when.moment,
        forget_on=when.day + KEPT_OPEN,
    )
    keep_content(draft, {"guardian": {request.way: contact} if contact else {}}, when)
    write.add(draft)
    if request.way == EMAIL and letters < LETTERS_A_DAY:
        write.tell(
            contracts.draft_opened,
            to=IDENTITY,
            draft_id=draft_id,
            address=contact,
            reference=reference,
            secret=key,
        )
    return {"reference": reference, "key": key, "forget_on": draft.forget_on}


def held_draft(session: Session, request: SimpleNamespace, *, lock: bool = False) -> Draft:
    """
    Return the draft of a reference and key; raises NotFound.

    A wrong key is refused like a reference that nobody has, after the same work.
    """
    asked = select(Draft).where(Draft.reference == plain(request.reference))
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    draft = session.scalar(asked)
    known = draft.key_digest if draft else sha256(b"").hexdigest()
    if not hmac.compare_digest(digest_of(request.key), known) or draft is None:
        raise NotFound
    return draft


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


def _contact(way: str, contact: str) -> str:
    """Return the contact as it is kept; a letter is printed here and now, and needs none."""
    if way == contracts.LETTER:
        return ""
    checked, mistakes = contracts.check("guardian", {way: contact.strip()})
    if mistakes or not checked.get(way):
        raise BadRequest(errors={"contact": mistakes.get(way, ["À remplir."])})
    return str(checked[way])


def _refuse_flood(write: Write, when: When) -> None:
    since = when.moment - timedelta(hours=1)
    opened = select(func.count()).select_from(Draft).where(Draft.opened_at > since)
    if (write.scalar(opened) or 0) >= MOST_AN_HOUR:
        raise TooManyDrafts


def _opened_today(write: Write, digest: str, when: When) -> int:
    since = when.moment - timedelta(days=1)
    opened = (
        select(func.count())
        .select_from(Draft)
        .where(Draft.contact_digest == digest, Draft.opened_at > since)
    )
    return write.scalar(opened) or 0


def _contact_digest(write: Write, contact: str) -> str:
    key = signing_key(write, DIGESTS)
    return hmac.new(key, f"contact|{contact.casefold()}".encode(), sha256).hexdigest()


def _place(version: int) -> str:
    return f"draft.{version}"
