"""Begins a registration: by telephone or letter with a key, by e-mail with a link alone."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from services.dossier.models import Registration, RegistrationEmail
from services.dossier.registrations.commands.emails import (
    address_digest,
    send_registration_link_email,
)
from services.dossier.registrations.commands.sealed_content import store_registration_content
from services.dossier.registrations.rules.codes_and_retention import (
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

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_AN_HOUR, MOST_A_DAY = 10, 30
"""Registrations begun at one place: a library, a school."""
CROWD_AN_HOUR, FLOOD_AN_HOUR = 400, 4000
"""
Registrations in the whole town, from which on each place may begin one an hour, and none at all.

In the busiest week of a school year there are some fifty an hour.
"""


def begin_registration(
    write: Write, request: contracts.OpenRegistrationRequest, when: Instant
) -> contracts.OpenRegistrationAnswer:
    """
    Begin a registration; return its reference and key, which are stored nowhere else.

    By e-mail neither is returned: a typed address is not proven to be the caller's. The answer is
    the same whether or not the contact is known; only registrations are looked up. Raises
    BadRequest for a malformed contact, TooManyRegistrations above the limits.
    """
    contact = _checked_contact(request.way, request.contact)
    _refuse_too_many_openings(write, request.place, when)
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
        opened_from=request.place,
        forget_on=when.day + KEPT_OPEN,
    )
    store_registration_content(
        registration, {"guardian": {request.way: contact} if contact else {}}, when
    )
    write.add(registration)
    write.flush()
    write.add(RegistrationEmail(registration_id=registration_id))
    write.flush()
    if by_email:
        send_registration_link_email(write, registration, contact, when, request.place)
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


def _refuse_too_many_openings(write: Write, place: str, when: Instant) -> None:
    """Refuse what is too much for one place; a crowd elsewhere leaves each place its first one."""
    here = Registration.opened_from == place
    town, an_hour = (
        _count_openings_since(write, when, HOUR),
        _count_openings_since(write, when, HOUR, here),
    )
    if town >= FLOOD_AN_HOUR or (town >= CROWD_AN_HOUR and (an_hour or not place)):
        raise TooManyRegistrations
    if place and (
        an_hour >= MOST_AN_HOUR or _count_openings_since(write, when, DAY, here) >= MOST_A_DAY
    ):
        raise TooManyRegistrations


def _count_openings_since(
    write: Write, when: Instant, lately: timedelta, *where: ColumnElement[bool]
) -> int:
    opened = select(func.count()).select_from(Registration)
    return write.scalar(opened.where(Registration.opened_at > when.moment - lately, *where)) or 0
