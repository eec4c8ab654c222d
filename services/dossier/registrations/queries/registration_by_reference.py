"""Registrations found again by reference and key, and their content, sealed until it is read."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Registration
from services.dossier.registrations.queries import proof_of_email_addresses as emails_queries
from services.dossier.registrations.queries.papers import papers_of_registration
from services.dossier.registrations.rules.codes_and_retention import is_code_right
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.registrations import (
    OPEN,
    ReadRegistrationAnswer,
    RegistrationBearer,
    RegistrationClosed,
)
from shared.contracts.errors import NotFound
from shared.person.secret_codes import normalise_code


def registration_by_key(
    session: Session, bearer: RegistrationBearer, *, lock: bool = False
) -> Registration:
    """
    Return the registration of a reference and key; raises NotFound.

    A wrong key is refused like a reference that nobody has, after the same work.
    """
    registration = registration_by_reference(session, bearer.reference, lock=lock)
    if (
        not is_code_right(bearer.key, registration.key_digest if registration else "")
        or registration is None
    ):
        raise NotFound
    return registration


def registration_by_reference(
    session: Session, reference: str, *, lock: bool = False
) -> Registration | None:
    """Return the registration of a reference, which shows nothing of who asks."""
    asked = select(Registration).where(Registration.reference == normalise_code(reference))
    if lock:
        asked = asked.with_for_update()
    return session.scalar(asked)


def require_open_registration(registration: Registration, *states: str) -> None:
    """Raise RegistrationClosed for a registration in another state; open is the usual one."""
    if registration.state not in (states or (OPEN,)):
        raise RegistrationClosed(state=registration.state)


def content_of_registration(registration: Registration) -> Content:
    """Return what was written, by step; empty once the desk has decided."""
    if registration.content is None:
        return {}
    opened: Content = vault.open(
        registration.id, sealed_place_of_registration(registration.version), registration.content
    )
    return opened


def sealed_place_of_registration(version: int) -> str:
    return f"registration.{version}"


def read_registration(read: Session, bearer: RegistrationBearer) -> ReadRegistrationAnswer:
    """Return a registration to its holder, with what became of it."""
    registration = registration_by_key(read, bearer)
    return ReadRegistrationAnswer(
        state=registration.state,
        way=registration.way,
        content=content_of_registration(registration),
        papers=papers_of_registration(read, registration.id),
        reason=registration.reason,
        forget_on=registration.forget_on,
        email=emails_queries.proof_state_of_email(read, registration),
    )
