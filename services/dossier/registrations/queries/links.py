"""Links of e-mails, which show a registration to the reader of the e-mail."""

from sqlalchemy.orm import Session

from services.dossier.models import Registration, RegistrationEmail
from services.dossier.registrations.queries.emails import row_of
from services.dossier.registrations.queries.registrations import (
    content_of_registration,
    registration_named,
)
from services.dossier.registrations.rules.emails import email_in
from services.dossier.registrations.rules.registrations import fits
from shared.contracts.dossier.registrations import LookAtLinkAnswer, RegistrationBearer
from shared.contracts.errors import NotFound


def look(read: Session, link: RegistrationBearer) -> LookAtLinkAnswer:
    """Return who began the registration of a link, and when; raises NotFound."""
    registration, row = registration_of_letter(read, link)
    content = content_of_registration(registration)
    guardian = content.get("guardian", {})
    return LookAtLinkAnswer(
        state=registration.state,
        way=registration.way,
        opened_at=registration.opened_at,
        name=f"{guardian.get('first_name', '')} {guardian.get('last_name', '')}".strip(),
        address=email_in(content),
        proven=row.proven_at is not None,
    )


def registration_of_letter(
    session: Session, link: RegistrationBearer, known: Registration | None = None
) -> tuple[Registration, RegistrationEmail]:
    registration = known or registration_named(session, link.reference)
    row = row_of(session, registration) if registration else None
    if not fits(link.key, row.letter_digest if row else "") or registration is None or row is None:
        raise NotFound
    return registration, row
