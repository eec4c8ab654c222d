"""Stores a draft step by step as its holder writes it, until it is sent or taken back."""

from sqlalchemy import delete, select

from services.dossier.models import Draft, DraftEmail, DraftPaper, DraftPaperPart
from services.dossier.registrations.commands import emails
from services.dossier.registrations.commands.opening import keep_content
from services.dossier.registrations.queries import emails as emails_queries
from services.dossier.registrations.queries.registrations import (
    content_of_draft,
    held_draft,
    require_open,
)
from services.dossier.registrations.rules import emails as emails_rules
from services.dossier.registrations.rules.drafts import forgotten_on
from services.dossier.registrations.rules.sending import unsendable
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import OPEN, SENT
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import When


def save_step(write: Write, request: contracts.SaveDraftRequest, when: When) -> None:
    """Keep one step as it stands; raises BadRequest for what cannot be kept."""
    draft = held_draft(write, request, lock=True)
    require_open(draft)
    step, mistakes = contracts.check(request.step, request.content)
    if mistakes:
        raise BadRequest(errors=mistakes)
    before = content_of_draft(draft)
    after = before | {request.step: step}
    keep_content(draft, after, when)
    emails.written(write, draft, emails_rules.email_in(before), emails_rules.email_in(after), when)


def send(write: Write, bearer: contracts.DraftBearer, when: When) -> None:
    """Hand a draft to the desk; raises BadRequest where nobody could begin with it."""
    draft = held_draft(write, bearer, lock=True)
    require_open(draft, OPEN, SENT)
    if draft.state == SENT:
        return
    if lacking := unsendable(content_of_draft(draft), draft.way):
        raise BadRequest(errors=lacking)
    draft.state, draft.sent_at = SENT, when.moment
    draft.forget_on = forgotten_on(SENT, when.day)


def take_back(write: Write, bearer: contracts.DraftBearer, when: When) -> None:
    """Empty a draft on which nobody has decided; the row and its key go within the hour."""
    draft = held_draft(write, bearer, lock=True)
    require_open(draft, OPEN, SENT)
    empty(write, draft, when)


def empty(write: Write, draft: Draft, when: When) -> None:
    """Leave nothing of a locked draft that is not decided, nor a key or a letter that opens it."""
    forget_papers(write, draft)
    keep_content(draft, {}, when)
    draft.state, draft.sent_at = OPEN, None
    draft.key_digest, draft.forget_on = "", when.day
    emails_queries.row_of(write, draft).letter_digest = ""


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
