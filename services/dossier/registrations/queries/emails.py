"""E-mails of drafts: how far each is proven, and which one it replaced."""

from sqlalchemy.orm import Session

from services.dossier.models import Draft, DraftEmail
from services.dossier.registrations.rules.emails import email_in
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import AT_COUNTER, BY_LETTER, UNPROVEN, EmailNotProven

FORMER = "draft_email.former"


def row_of(session: Session, draft: Draft) -> DraftEmail:
    """Return what is known of a draft's e-mail."""
    return session.get_one(DraftEmail, draft.id)


def told(session: Session, draft: Draft) -> contracts.DraftEmail:
    """Return how far the e-mail of a draft is proven, to its holder and to the desk."""
    row = row_of(session, draft)
    proven = AT_COUNTER if row.confirmed_by else BY_LETTER if row.proven_at else UNPROVEN
    return {
        "proven": proven,
        "proven_at": row.proven_at,
        "changed_at": row.changed_at,
        "former": former_of(draft, row),
    }


def require_proven(session: Session, draft: Draft, content: Content) -> None:
    """Raise EmailNotProven unless the e-mail that stands in a draft may become a login."""
    if not email_in(content) or row_of(session, draft).proven_at is None:
        raise EmailNotProven


def former_of(draft: Draft, row: DraftEmail) -> str:
    return str(vault.open(draft.id, FORMER, row.former)) if row.former else ""
