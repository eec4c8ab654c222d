"""E-mails of registrations: how far each is proven, and which one it replaced."""

from sqlalchemy.orm import Session

from services.dossier.models import Registration, RegistrationEmail
from services.dossier.registrations.rules.same_and_masked_email import email_of_content
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registration_decisions import EmailNotProven
from shared.contracts.dossier.registrations import AT_COUNTER, BY_LETTER, UNPROVEN

FORMER = "registration_email.former"


def row_of_registration_email(session: Session, registration: Registration) -> RegistrationEmail:
    """Return what is known of a registration's e-mail."""
    return session.get_one(RegistrationEmail, registration.id)


def proof_state_of_email(
    session: Session, registration: Registration
) -> contracts.RegistrationEmail:
    """Return how far the e-mail of a registration is proven, to its holder and to the desk."""
    row = row_of_registration_email(session, registration)
    proven = AT_COUNTER if row.confirmed_by else BY_LETTER if row.proven_at else UNPROVEN
    return {
        "proven": proven,
        "proven_at": row.proven_at,
        "changed_at": row.changed_at,
        "former": former_address(registration, row),
    }


def require_proven_email(session: Session, registration: Registration, content: Content) -> None:
    """Raise EmailNotProven unless a registration's e-mail may become a login."""
    if (
        not email_of_content(content)
        or row_of_registration_email(session, registration).proven_at is None
    ):
        raise EmailNotProven


def former_address(registration: Registration, row: RegistrationEmail) -> str:
    return str(vault.open(registration.id, FORMER, row.former)) if row.former else ""
