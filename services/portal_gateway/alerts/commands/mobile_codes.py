"""Proves a mobile before anything else is written to it: a code goes there, and comes back."""

from datetime import datetime
from hmac import compare_digest

from sqlalchemy import delete

from services.portal_gateway.alerts.commands.devices import keep_mobile_for_sms
from services.portal_gateway.alerts.commands.queueing import queue_code
from services.portal_gateway.alerts.rules.mobile_codes import (
    GOOD_FOR,
    MOST_CODES,
    MOST_TRIES,
    WITHIN,
    new_mobile_code,
)
from services.portal_gateway.models import MobileCheck
from services.portal_gateway.models.sealed_value_bindings import mobile_check_binding
from services.portal_gateway.store import open_sealed, seal_for_row
from shared.database import Write
from shared.person.secret_codes import digest_of_code


def send_mobile_code(
    write: Write, subject: str, number: str, language: str, town: str, moment: datetime
) -> bool:
    """
    Send a code to a number that a guardian says is its own; one that was sent before is void.

    Return False, and send nothing, where too many left within a day.
    """
    write.lock_names(f"mobile_check:{subject}")  # the first codes of two tabs have no row to lock
    check = write.get(MobileCheck, subject, with_for_update=True)
    counts = check is not None and check.since > moment - WITHIN
    sent = check.sent if check is not None and counts else 0
    if sent >= MOST_CODES:
        return False
    code = new_mobile_code()
    values = {
        "language": language,
        "content": seal_for_row(mobile_check_binding(subject), number),
        "digest": digest_of_code(code),
        "tries": 0,
        "expires_at": moment + GOOD_FOR,
        "sent": sent + 1,
        "since": check.since if check is not None and counts else moment,
    }
    row = write.upsert_into(MobileCheck).values(subject=subject, **values)
    write.execute(row.on_conflict_do_update(index_elements=["subject"], set_=values))
    queue_code(write, subject, code, town, moment)
    return True


def prove_mobile(write: Write, subject: str, typed: str, moment: datetime) -> bool:
    """
    Let SMS go to the number that a code was sent to, if this is the code; every try counts.

    A proven code is good for nothing more.
    """
    check = write.get(MobileCheck, subject, with_for_update=True)
    if check is None or check.expires_at <= moment or check.tries >= MOST_TRIES:
        return False
    check.tries += 1
    if not compare_digest(check.digest, digest_of_code(typed)):
        return False
    number = open_sealed(mobile_check_binding(subject), check.content)
    keep_mobile_for_sms(write, subject, number, check.language, moment)
    check.expires_at = moment
    return True


def void_mobile_code(write: Write, subject: str, moment: datetime) -> None:
    """Let a code be void: the number was a wrong one. How many were sent goes on counting."""
    check = write.get(MobileCheck, subject, with_for_update=True)
    if check is not None:
        check.expires_at = moment


def delete_expired_checks(write: Write, moment: datetime) -> None:
    """Forget numbers of which nothing counts any more."""
    write.execute(delete(MobileCheck).where(MobileCheck.since < moment - WITHIN))
