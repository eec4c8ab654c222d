"""Links of e-mails, which show a registration to the reader of the e-mail."""

from sqlalchemy.orm import Session

from services.dossier.models import Registration, RegistrationEmail
from services.dossier.registrations.queries.proof_of_email_addresses import (
    row_of_registration_email,
)
from services.dossier.registrations.queries.registration_by_reference import (
    content_of_registration,
    registration_by_reference,
)
from services.dossier.registrations.rules.codes_and_retention import is_code_right
from services.dossier.registrations.rules.same_and_masked_email import email_of_content
from shared.contracts.dossier.registrations import LookAtLinkAnswer, RegistrationBearer
from shared.contracts.errors import NotFound


def registration_shown_by_link(read: Session, link: RegistrationBearer) -> LookAtLinkAnswer:
    """Return who began the registration of a link, and when; raises NotFound."""
    registration, row = registration_by_link(read, link)
    content = content_of_registration(registration)
    guardian = content.get("guardian", {})
    return LookAtLinkAnswer(
        state=registration.state,
        way=registration.way,
        opened_at=registration.opened_at,
        name=f"{guardian.get('first_name', '')} {guardian.get('last_name', '')}".strip(),
        address=email_of_content(content),
        proven=row.proven_at is not None,
    )


def registration_by_link(
    session: Session, link: RegistrationBearer, known: Registration | None = None
) -> tuple[Registration, RegistrationEmail]:
    registration = known or registration_by_reference(session, link.reference)
    row = row_of_registration_email(session, registration) if registration else None
    if (
        not is_code_right(link.key, row.letter_digest if row else "")
        or registration is None
        or row is None
    ):
        raise NotFound
    return registration, row
