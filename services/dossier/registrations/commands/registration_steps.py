"""Stores a registration step by step as its holder writes it, until it is sent or taken back."""

from sqlalchemy import delete, select

from services.dossier.models import (
    Registration,
    RegistrationEmail,
    RegistrationPaper,
)
from services.dossier.paper_files.commands import erase_paper_files
from services.dossier.registrations.commands import emails
from services.dossier.registrations.commands.sealed_content import store_registration_content
from services.dossier.registrations.queries import proof_of_email_addresses as emails_queries
from services.dossier.registrations.queries.registration_by_reference import (
    content_of_registration,
    registration_by_key,
    require_open_registration,
)
from services.dossier.registrations.rules import same_and_masked_email as emails_rules
from services.dossier.registrations.rules.codes_and_retention import day_to_forget_registration
from services.dossier.registrations.rules.required_answers import missing_answers
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import OPEN, SENT
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant


def save_step(write: Write, request: contracts.SaveRegistrationRequest, when: Instant) -> None:
    """Keep one step as it is; raises BadRequest for what cannot be kept."""
    registration = registration_by_key(write, request, lock=True)
    require_open_registration(registration)
    step, mistakes = contracts.check_step(request.step, request.content)
    if mistakes:
        raise BadRequest(errors=mistakes)
    before = content_of_registration(registration)
    after = before | {request.step: step}
    store_registration_content(registration, after, when)
    emails.change_email(
        write,
        registration,
        emails_rules.email_of_content(before),
        emails_rules.email_of_content(after),
        when,
    )


def send_registration(write: Write, bearer: contracts.RegistrationBearer, when: Instant) -> None:
    """Send a registration to the desk; raises BadRequest if a required answer is missing."""
    registration = registration_by_key(write, bearer, lock=True)
    require_open_registration(registration, OPEN, SENT)
    if registration.state == SENT:
        return
    content = content_of_registration(registration)
    if missing := missing_answers(content, registration.way, when.day):
        raise BadRequest(errors=missing)
    registration.state, registration.sent_at = SENT, when.moment
    registration.forget_on = day_to_forget_registration(SENT, when.day)


def take_back_registration(
    write: Write, bearer: contracts.RegistrationBearer, when: Instant
) -> None:
    """Empty an undecided registration; the row and its key are deleted within the hour."""
    registration = registration_by_key(write, bearer, lock=True)
    require_open_registration(registration, OPEN, SENT)
    empty_registration(write, registration, when)


def empty_registration(write: Write, registration: Registration, when: Instant) -> None:
    """Empty a locked, undecided registration, and void its key and its link."""
    erase_papers_of_registration(write, registration)
    store_registration_content(registration, {}, when)
    registration.state, registration.sent_at = OPEN, None
    registration.key_digest, registration.forget_on = "", when.day
    emails_queries.row_of_registration_email(write, registration).letter_digest = ""


def erase_registration(write: Write, registration: Registration) -> None:
    """Erase a registration whole."""
    erase_papers_of_registration(write, registration)
    write.execute(
        delete(RegistrationEmail).where(RegistrationEmail.registration_id == registration.id)
    )
    write.delete(registration)
    write.flush()


def erase_papers_of_registration(write: Write, registration: Registration) -> None:
    """Erase the photographs of a registration: the desk notes what it saw, and keeps no copy."""
    theirs = select(RegistrationPaper.id).where(
        RegistrationPaper.registration_id == registration.id
    )
    erase_paper_files(write, theirs)
    write.execute(
        delete(RegistrationPaper).where(RegistrationPaper.registration_id == registration.id)
    )
