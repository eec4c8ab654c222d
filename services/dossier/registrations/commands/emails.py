"""
Sends e-mails about a registration, and notes that its address was proven or replaced.

Typing an address proves nothing. It is proven by the link of an e-mail, or at the counter, until
another address replaces it.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, or_, select, update

from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key
from services.dossier.models import Registration, RegistrationLetter
from services.dossier.registrations.queries.proof_of_email_addresses import (
    FORMER,
    former_address,
    row_of_registration_email,
)
from services.dossier.registrations.rules.codes_and_retention import KEY_GROUPS
from services.dossier.registrations.rules.same_and_masked_email import is_same_address, mask_address
from services.dossier.store import vault
from shared.contracts.dossier.registrations import (
    RegistrationEmailChanged,
    RegistrationOpened,
    registration_email_changed,
    registration_opened,
)
from shared.database import Write
from shared.dates.instant import Instant
from shared.person.secret_codes import digest_of_code, group_code, new_code
from shared.register.declarations import IDENTITY
from shared.runtime.ids import new_id

LETTERS_A_DAY = 3
"""E-mails a day to one address, for who asks from one place: its holder asks from another."""
LETTERS_TO_AN_ADDRESS = 12
"""E-mails a day to one address, wherever they are asked from, so that nobody fills a mailbox."""
LETTERS_OF_A_REGISTRATION = 6
"""E-mails a day about one registration to other addresses, against writing to strangers."""


def address_digest(write: Write, address: str) -> str:
    """Return a keyed digest that finds the registrations of an address, and says nothing of it."""
    key = ensure_own_key(write, DIGESTS)
    return hmac.new(key, f"contact|{address.strip().casefold()}".encode(), sha256).hexdigest()


def change_email(
    write: Write, registration: Registration, before: str, after: str, when: Instant
) -> None:
    """
    Note a changed e-mail in a locked registration as unproven, and send a link that proves it.

    The former address gets a notice and is stored beside it, masked; a proven one is kept first.
    """
    if is_same_address(before, after):
        return
    if before:
        _notify_former_address(write, registration, before, when)
    note_email_replaced(write, registration, before, after, when)
    if after:
        send_registration_link_email(write, registration, after, when)


def note_email_replaced(
    write: Write, registration: Registration, before: str, after: str, when: Instant
) -> None:
    """Note in a locked registration that its e-mail changed or went, and is not proven."""
    row = row_of_registration_email(write, registration)
    if before or row.changed_at:
        row.changed_at = when.moment
    if before and (row.proven_at or former_address(registration, row) in ("", mask_address(after))):
        row.former = vault.seal(registration.id, FORMER, mask_address(before))
    row.letter_digest, row.proven_at, row.confirmed_by = "", None, None
    registration.contact_digest = address_digest(write, after or registration.id)


def send_registration_link_email(
    write: Write, registration: Registration, address: str, when: Instant, place: str = ""
) -> None:
    """
    Send a link to a locked registration and void the one before, within the daily limits.

    `place` is where it is asked from, "" for who holds the registration's key.
    """
    if not _may_send_letter(write, registration, address, when, place):
        return
    secret = new_code(KEY_GROUPS)
    row_of_registration_email(write, registration).letter_digest = digest_of_code(secret)
    event = RegistrationOpened(
        draft_id=registration.id,
        letter_id=_store_registration_letter(write, registration, address, when, place),
        address=address,
        reference=group_code(registration.reference),
        secret=secret,
    )
    write.publish(registration_opened, event, to=IDENTITY)


def forget_former_address(write: Write, registration: Registration) -> None:
    """Forget the address before, with the content that the desk has decided on."""
    row_of_registration_email(write, registration).former = None


def forget_old_letters(write: Write, when: Instant) -> None:
    """Forget the letters, and where registrations were begun, that count no more."""
    begun = Registration.opened_at <= _start_of_counted_day(when)
    write.execute(
        update(Registration).where(begun, Registration.opened_from != "").values(opened_from="")
    )
    write.execute(
        delete(RegistrationLetter).where(
            RegistrationLetter.posted_at <= _start_of_counted_day(when)
        )
    )


def _notify_former_address(
    write: Write, registration: Registration, address: str, when: Instant
) -> None:
    """
    Notify an address that its registration has another one.

    For a proven address the daily limit does not apply: its holder used an earlier link, and must
    learn of the change whatever else was sent there today.
    """
    proven = row_of_registration_email(write, registration).proven_at is not None
    if proven or _may_send_letter(write, registration, address, when):
        letter_id = (
            new_id() if proven else _store_registration_letter(write, registration, address, when)
        )
        write.publish(
            registration_email_changed, RegistrationEmailChanged(letter_id, address), to=IDENTITY
        )


def _may_send_letter(
    write: Write, registration: Registration, address: str, when: Instant, place: str = ""
) -> bool:
    digest = address_digest(write, address)
    rows = write.scalars(
        select(RegistrationLetter).where(
            RegistrationLetter.posted_at > _start_of_counted_day(when),
            or_(
                RegistrationLetter.address_digest == digest,
                RegistrationLetter.registration_id == registration.id,
            ),
        )
    ).all()
    to_address = [row for row in rows if row.address_digest == digest]
    from_here = sum(row.asked_from == place for row in to_address)
    return (
        from_here < LETTERS_A_DAY
        and len(to_address) < LETTERS_TO_AN_ADDRESS
        and len(rows) - len(to_address) < LETTERS_OF_A_REGISTRATION
    )


def _store_registration_letter(
    write: Write, registration: Registration, address: str, when: Instant, place: str = ""
) -> str:
    letter_id = new_id()
    write.add(
        RegistrationLetter(
            id=letter_id,
            registration_id=registration.id,
            address_digest=address_digest(write, address),
            posted_at=when.moment,
            asked_from=place,
        )
    )
    write.flush()
    return letter_id


def _start_of_counted_day(when: Instant) -> datetime:
    return when.moment - timedelta(days=1)
