"""Queues an email in the transaction that decides it; once more, where operations ask for it."""

from datetime import datetime

from sqlalchemy import select, update

from services.identity.accounts.queries import proven_address_of_person
from services.identity.accounts.rules.account_kinds import AGENT, FAMILY
from services.identity.mail.password_and_address_texts import (
    AGENT_PASSWORD_CHANGED,
    PASSWORD_CHANGED,
)
from services.identity.mail.rules.retries import UNCERTAIN, WAITING
from services.identity.mail.texts import FRENCH, TEMPLATES, require_template_values
from services.identity.models import Account, Email, sealed_place_of_email
from services.identity.store import store
from shared.database import Write
from shared.dates.clock import now
from shared.runtime.ids import new_id


def queue_email(
    write: Write, to: str, template: str, key: str, *, language: str = FRENCH, **values: str
) -> bool:
    """
    Queue an email to an address, or to a subject's family account; idempotent per key.

    Return whether it will be sent: False if the key was used before, or if the subject has no
    address or no open account. It is sent only if this transaction commits. Raises
    NoSuchEmailTemplate if the template does not take these values. A family's login is its address.
    """
    require_template_values(template, values)
    address = to if "@" in to else _address_of_family_account(write, to)
    if not address:
        return False
    email_id, at = new_id(), now()
    content = {"to": address, "language": language, "values": values}
    row = write.upsert_into(Email).values(
        id=email_id,
        key=key,
        template=template,
        urgent=TEMPLATES[template].urgent,
        content=store.seal(sealed_place_of_email(email_id), content),
        state=WAITING,
        attempts=0,
        posted_at=at,
        next_at=at,
        reason="",
    )
    once = row.on_conflict_do_nothing(index_elements=["key"]).returning(Email.id)
    return write.scalar(once) is not None


def queue_uncertain_again(write: Write, at: datetime) -> int:
    """
    Queue the uncertain emails again that are still of use; return how many.

    Their ids stay, so that a server, or who reads them, can recognise one that came before.
    """
    again = (
        update(Email)
        .where(Email.state == UNCERTAIN, Email.ended_at.is_(None))
        .values(state=WAITING, attempts=0, next_at=at, taken_at=None, reason="")
        .returning(Email.id)
    )
    return len(write.scalars(again).all())


def queue_email_of_password_change(write: Write, account: Account, at: datetime) -> None:
    """Write to a person that its password changed at this moment, where an address is known."""
    address = proven_address_of_person(account)
    template = AGENT_PASSWORD_CHANGED if account.kind == AGENT else PASSWORD_CHANGED
    if address:
        queue_email(write, address, template, f"{template}-{account.subject}-{at.isoformat()}")


def _address_of_family_account(write: Write, subject: str) -> str:
    theirs = select(Account).where(
        Account.subject == subject, Account.kind == FAMILY, Account.active
    )
    account = write.scalar(theirs)
    return proven_address_of_person(account) if account else ""
