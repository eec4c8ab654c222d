"""Links of e-mails to a registration: used when it is taken up, refused, or asked for anew."""

from sqlalchemy import select

from services.dossier.models import Registration, RegistrationEmail
from services.dossier.registrations.commands.emails import (
    address_digest,
    note_email_replaced,
    send_registration_link_email,
)
from services.dossier.registrations.commands.registration_steps import empty_registration
from services.dossier.registrations.commands.sealed_content import store_registration_content
from services.dossier.registrations.queries.email_links import registration_by_link
from services.dossier.registrations.queries.registration_by_reference import (
    content_of_registration,
    registration_by_reference,
)
from services.dossier.registrations.rules.codes_and_retention import is_code_right
from services.dossier.registrations.rules.same_and_masked_email import (
    email_of_content,
    is_same_address,
)
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.registrations import (
    EMAIL,
    RegistrationBearer,
    TakeUpRegistrationRequest,
)
from shared.database import Write
from shared.dates.instant import Instant
from shared.person.secret_codes import digest_of_code

AT_ONCE = 3
"""Links to the latest registrations of one address: there is one, or a second child's."""


def take_up_registration(write: Write, request: TakeUpRegistrationRequest, when: Instant) -> None:
    """
    Change the key of a registration by its link, and note its e-mail as proven; raises NotFound.

    Earlier keys are void. Idempotent: a button pressed twice sends the same fresh key. From now on
    the holder comes back by links sent to this address.
    """
    known = registration_by_reference(write, request.reference, lock=True)
    if known is not None and is_code_right(request.fresh, known.key_digest):
        return
    registration, row = registration_by_link(write, request, known)
    registration.key_digest, registration.way = digest_of_code(request.fresh), EMAIL
    row.letter_digest = ""
    if row.proven_at is None:
        row.proven_at = when.moment


def disown_link(write: Write, link: RegistrationBearer, when: Instant) -> None:
    """
    Void the link of a reader who did not begin the registration.

    A registration never taken up is erased; from one held by another key the address is removed.
    """
    registration, row = registration_by_link(
        write, link, registration_by_reference(write, link.reference, lock=True)
    )
    row.letter_digest = ""
    content = content_of_registration(registration)
    if row.proven_at is not None or not content:
        return
    if not registration.key_digest:
        empty_registration(write, registration, when)
        return
    store_registration_content(registration, _without_email(content), when)
    note_email_replaced(write, registration, email_of_content(content), "", when)


def send_new_links(write: Write, email: str, place: str, when: Instant) -> None:
    """
    Post new links to the registrations of an address, if there are any.

    What its holder has taken up comes first: others may have begun some in the holder's name.
    """
    digest = address_digest(write, email)
    theirs = (
        select(Registration)
        .join(RegistrationEmail, RegistrationEmail.registration_id == Registration.id)
        .where(Registration.contact_digest == digest, Registration.forget_on > when.day)
        .order_by(
            RegistrationEmail.proven_at.is_(None), Registration.opened_at.desc(), Registration.id
        )
        .limit(AT_ONCE)
        .with_for_update(of=Registration)
    )
    for registration in write.scalars(theirs).all():
        content = content_of_registration(registration)
        if not content or is_same_address(email_of_content(content), email):
            address = email_of_content(content) or email.strip()
            send_registration_link_email(write, registration, address, when, place)


def _without_email(content: Content) -> Content:
    return content | {"guardian": content["guardian"] | {"email": ""}}
