"""Queries on addresses that were asked for and are not proven."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import EmailChange


def email_change_by_key(read: Session, digest: str, at: datetime) -> EmailChange | None:
    """Return the open change of an address whose former one got the link of this digest."""
    theirs = select(EmailChange).where(
        EmailChange.stop_digest == digest, EmailChange.expires_at > at
    )
    return read.scalar(theirs)


def email_asked_and_unproven(read: Session, subject: str, at: datetime) -> str:
    """Return the address that a person has asked for and not proven, or ""."""
    change = read.get(EmailChange, subject)
    return change.address if change is not None and change.expires_at > at else ""
