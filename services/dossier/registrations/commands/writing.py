"""A draft as its holder writes it: step by step, saved as one goes, then sent or taken back."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.dossier.models import Draft, DraftEmail, DraftPaper, DraftPaperPart
from services.dossier.registrations.commands import emails
from services.dossier.registrations.commands.opening import (
    content_of_draft,
    forgotten_on,
    held_draft,
    keep_content,
    require_open,
)
from services.dossier.registrations.commands.papers import papers_of
from services.dossier.registrations.rules import unsendable
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import OPEN, SENT
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import When


def read_draft(read: Session, request: SimpleNamespace) -> dict[str, Any]:
    """Return a draft to its holder, with what became of it."""
    draft = held_draft(read, request)
    return {
        "state": draft.state,
        "way": draft.way,
        "content": content_of_draft(draft),
        "papers": papers_of(read, draft.id),
        "reason": draft.reason,
        "forget_on": draft.forget_on,
        "email": emails.told(read, draft),
    }


def save_step(write: Write, request: SimpleNamespace, when: When) -> None:
    """Keep one step as it stands; raises BadRequest for what cannot be kept."""
    draft = held_draft(write, request, lock=True)
    require_open(draft)
    step, mistakes = contracts.check(request.step, request.content)
    if mistakes:
        raise BadRequest(errors=mistakes)
    before = content_of_draft(draft)
    after = before | {request.step: step}
    keep_content(draft, after, when)
    emails.written(write, draft, emails.email_in(before), emails.email_in(after), when)


def send(write: Write, request: SimpleNamespace, when: When) -> None:
    """Hand a draft to the desk; raises BadRequest where nobody could begin with it."""
    draft = held_draft(write, request, lock=True)
    require_open(draft, OPEN, SENT)
    if draft.state == SENT:
        return
    if lacking := unsendable(content_of_draft(draft), draft.way):
        raise BadRequest(errors=lacking)
    draft.state, draft.sent_at = SENT, when.moment
    draft.forget_on = forgotten_on(SENT, when.day)


def take_back(write: Write, request: SimpleNamespace, when: When) -> None:
    """Empty a draft on which nobody has decided; the row and its key go within the hour."""
    draft = held_draft(write, request, lock=True)
    require_open(draft, OPEN, SENT)
    empty(write, draft, when)


def empty(write: Write, draft: Draft, when: When) -> None:
    """Leave nothing of a locked draft that is not decided, nor a key or a letter that opens it."""
    forget_papers(write, draft)
    keep_content(draft, {}, when)
    draft.state, draft.sent_at = OPEN, None
    draft.key_digest, draft.forget_on = "", when.day
    emails.row_of(write, draft).letter_digest = ""


def forget(write: Write, draft: Draft) -> None:
    """Erase a draft whole."""
    forget_papers(write, draft)
    write.execute(delete(DraftEmail).where(DraftEmail.draft_id == draft.id))
    write.delete(draft)
    write.flush()


def forget_papers(write: Write, draft: Draft) -> None:
    """Erase the photographs of a draft: what was seen is noted as seen, and no copy is kept."""
    theirs = select(DraftPaper.id).where(DraftPaper.draft_id == draft.id)
    write.execute(delete(DraftPaperPart).where(DraftPaperPart.paper_id.in_(theirs)))
    write.execute(delete(DraftPaper).where(DraftPaper.draft_id == draft.id))
