"""Links of letters, which show a draft to the reader of the letter."""

from sqlalchemy.orm import Session

from services.dossier.models import Draft, DraftEmail
from services.dossier.registrations.queries.emails import row_of
from services.dossier.registrations.queries.registrations import content_of_draft, draft_named
from services.dossier.registrations.rules.drafts import fits
from services.dossier.registrations.rules.emails import email_in
from shared.contracts.dossier.registrations import DraftBearer, LookAtLinkAnswer
from shared.contracts.errors import NotFound


def look(read: Session, link: DraftBearer) -> LookAtLinkAnswer:
    """Return who began the draft of a letter, and when; raises NotFound."""
    draft, row = draft_of_letter(read, link)
    content = content_of_draft(draft)
    guardian = content.get("guardian", {})
    return LookAtLinkAnswer(
        state=draft.state,
        way=draft.way,
        opened_at=draft.opened_at,
        name=f"{guardian.get('first_name', '')} {guardian.get('last_name', '')}".strip(),
        address=email_in(content),
        proven=row.proven_at is not None,
    )


def draft_of_letter(
    session: Session, link: DraftBearer, known: Draft | None = None
) -> tuple[Draft, DraftEmail]:
    draft = known or draft_named(session, link.reference)
    row = row_of(session, draft) if draft else None
    if not fits(link.key, row.letter_digest if row else "") or draft is None or row is None:
        raise NotFound
    return draft, row
