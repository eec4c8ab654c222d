"""Begins a registration: by telephone or letter with a key, by e-mail with a link alone."""

from datetime import timedelta

from sqlalchemy import func, select

from services.dossier.models import Registration, RegistrationEmail
from services.dossier.registrations.commands.emails import address_digest, send_link
from services.dossier.registrations.commands.sealed_content import keep_content
from services.dossier.registrations.rules.registrations import (
    KEPT_OPEN,
    KEY_GROUPS,
    REFERENCE_GROUPS,
)
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import EMAIL, OPEN, TooManyRegistrations
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant
from shared.person.secret_codes import digest_of_code, new_code, normalise_code
from shared.runtime.ids import new_id

MOST_AN_HOUR = 400
"""Registrations in the whole town: in the busiest week of a school year there are some fifty."""


def open_registration(
    write: Write, request: contracts.OpenRegistrationRequest, when: Instant
) -> contracts.OpenRegistrationAnswer:
    """
    Begin a registration; return its reference and key, which are stored nowhere else.

    By e-mail neither is returned: a typed address is not proven to be the caller's. The answer is
    the same whether or not the contact is known; only registrations are looked up. Raises
    BadRequest for a malformed contact, TooManyRegistrations above the hourly limit.
    """
    contact = _checked_contact(request.way, request.contact)
    _refuse_flood(write, when)
    by_email = request.way == EMAIL
    reference, key, registration_id = new_code(REFERENCE_GROUPS), new_code(KEY_GROUPS), new_id()
    registration = Registration(
        id=registration_id,
        reference=normalise_code(reference),
        key_digest="" if by_email else digest_of_code(key),
        way=request.way,
        contact_digest=address_digest(write, contact if by_email else registration_id),
        state=OPEN,
        version=0,
        opened_at=when.moment,
        forget_on=when.day + KEPT_OPEN,
    )
    keep_content(registration, {"guardian": {request.way: contact} if contact else {}}, when)
    write.add(registration)
    write.flush()
    write.add(RegistrationEmail(registration_id=registration_id))
    write.flush()
    if by_email:
        send_link(write, registration, contact, when)
        return contracts.OpenRegistrationAnswer(registration.forget_on)
    return contracts.OpenRegistrationAnswer(registration.forget_on, reference, key)


def _checked_contact(way: str, contact: str) -> str:
    """Return the contact as it is kept; a letter is printed here and now, and needs none."""
    if way == contracts.LETTER:
        return ""
    checked, mistakes = contracts.check_step("guardian", {way: contact.strip()})
    if mistakes or not checked.get(way):
        raise BadRequest(errors={"contact": mistakes.get(way, ["À remplir."])})
    return str(checked[way])


def _refuse_flood(write: Write, when: Instant) -> None:
    since = when.moment - timedelta(hours=1)
    opened = select(func.count()).select_from(Registration).where(Registration.opened_at > since)
    if (write.scalar(opened) or 0) >= MOST_AN_HOUR:
        raise TooManyRegistrations
