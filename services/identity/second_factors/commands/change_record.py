"""Changes of how a person signs in: kept for a year, and written to the person."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from services.identity import mail
from services.identity.accounts.queries import proven_address_of_person
from services.identity.accounts.rules.account_kinds import AGENT
from services.identity.mail.sign_in_change_texts import (
    AGENT_PREFIX,
    moment_in_words,
    place_in_words,
)
from services.identity.mail.texts import FRENCH
from services.identity.models import AccessChange, Account
from services.identity.sessions.commands import known_devices
from shared.contracts.identity.own_account.second_factors import COUNTER, KNOWN_DEVICE, NEW_DEVICE
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import now
from shared.runtime.ids import new_id

KEPT_FOR = timedelta(days=365)


def note_own_change(write: Write, person: Caller, what: str, devices: list[str]) -> None:
    """Keep a change that a person makes itself, with one of these devices, and write to it."""
    at = now()
    device = known_devices.lock_device_of_secrets(
        write, person.subject, person.principal, devices, at
    )
    place = NEW_DEVICE if device is None else KNOWN_DEVICE
    note_change_by_person(write, person.subject, what, place, at)


def note_change_by_person(write: Write, subject: str, what: str, place: str, at: datetime) -> None:
    """Keep a change that the person made there, and write to it."""
    _store_change_and_queue_email(
        write, AccessChange(subject=subject, what=what, place=place, at=at, paper="")
    )


def note_change_at_counter(
    write: Write, subject: str, what: str, at: datetime, by: str, paper: str
) -> bool:
    """Keep a change that an agent made with the person there, and say if an email leaves."""
    change = AccessChange(subject=subject, what=what, place=COUNTER, at=at, by=by, paper=paper)
    return _store_change_and_queue_email(write, change)


def delete_old_changes(write: Write, at: datetime) -> None:
    """Delete the changes of more than a year ago."""
    write.execute(delete(AccessChange).where(AccessChange.at < at - KEPT_FOR))


def _store_change_and_queue_email(write: Write, change: AccessChange) -> bool:
    change.id = new_id()
    write.add(change)
    account = write.get_one(Account, change.subject)
    to, template = change.subject, change.what
    if account.kind == AGENT:
        to, template = proven_address_of_person(account), f"{AGENT_PREFIX}{change.what}"
    return bool(to) and mail.queue_email(
        write,
        to,
        template,
        f"{change.what}-{change.id}",
        when=moment_in_words(change.at),
        where=place_in_words(change.place, FRENCH),
    )
