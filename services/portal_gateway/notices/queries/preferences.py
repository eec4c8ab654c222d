"""Categories of notices that a guardian receives by e-mail."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.models import MailNotice
from services.portal_gateway.notices.rules.notice_emails import CATEGORIES


def wanted_categories(read: Session, subject: str) -> frozenset[str]:
    """Return the categories that a guardian is written of: all that it has not ended."""
    ended = select(MailNotice.category).where(
        MailNotice.subject == subject, MailNotice.wanted.is_(False)
    )
    return frozenset(CATEGORIES) - frozenset(read.scalars(ended))
