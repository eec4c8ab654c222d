"""Links of accounts with identities elsewhere, as they are stored."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import OpenIdLink


def subject_of_identity(read: Session, digest: str, kind: str) -> str | None:
    """Return whose account of that kind an identity is linked with."""
    link = select(OpenIdLink.subject).where(OpenIdLink.digest == digest, OpenIdLink.kind == kind)
    return read.scalar(link)


def link_of_account(read: Session, subject: str) -> OpenIdLink | None:
    """Return the link of an account."""
    return read.get(OpenIdLink, subject)
