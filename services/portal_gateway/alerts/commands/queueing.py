"""Queues an alert in the transaction that decides it, once for each device or mobile."""

import hashlib
from datetime import datetime

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from services.portal_gateway.alerts.rules.alert_texts import Alert, mobile_code_words
from services.portal_gateway.alerts.rules.categories import BY_CHANNEL, CODE, PUSH, SMS
from services.portal_gateway.alerts.rules.retries_of_alerts import WAITING
from services.portal_gateway.cards.queries.guardian_households import may_send_to_person
from services.portal_gateway.models import (
    AlertChoice,
    AlertMobile,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.models.sealed_value_bindings import alert_binding
from services.portal_gateway.store import seal_for_row
from shared.database import Write
from shared.database.prebuilt_statements import execute
from shared.runtime.ids import new_id


def _select_receivers_of_category(
    column: InstrumentedAttribute[str], of: object, channel: str
) -> Select[str]:
    """Return a device's id, or who has a mobile: of a subject that chose a category for it."""
    choice = select(AlertChoice.subject).where(
        AlertChoice.subject == of,
        AlertChoice.channel == channel,
        AlertChoice.category == bindparam("of_category"),
    )
    return select(column).where(of == bindparam("of_subject"), choice.exists()).order_by(column)


# One question each: a strike asks them of hundreds of guardians at once.
_DEVICES = _select_receivers_of_category(PushSubscription.id, PushSubscription.subject, PUSH)
_MOBILE = _select_receivers_of_category(AlertMobile.subject, AlertMobile.subject, SMS)


def queue_alert(write: Write, subject: str, alert: Alert, moment: datetime) -> int:
    """
    Tell a guardian on each of its devices, or by SMS where it has none; return how many will leave.

    The same key is sent once, however often it is queued, and no category that was ended.
    """
    found = execute(write, _DEVICES, of_subject=subject, of_category=alert.category)
    devices = list(found.scalars())
    if not devices:
        return queue_sms(write, subject, alert, moment)
    if not may_send_to_person(write, subject):
        return 0
    return sum(_insert_alert(write, PUSH, subject, each, alert, moment) for each in devices)


def queue_sms(write: Write, subject: str, alert: Alert, moment: datetime) -> int:
    """Tell a guardian by SMS, where it gave a mobile and agreed; return how many will leave."""
    if alert.category not in BY_CHANNEL[SMS]:
        return 0
    if not _wants_sms(write, subject, alert.category) or not may_send_to_person(write, subject):
        return 0
    return int(_insert_alert(write, SMS, subject, "", alert, moment))


def queue_code(write: Write, subject: str, code: str, town: str, moment: datetime) -> None:
    """Send a guardian the code that proves its mobile."""
    words = mobile_code_words(town, code)
    _insert_alert(write, SMS, subject, "", Alert(new_id(), CODE, words, "/compte/alertes"), moment)


def _insert_alert(
    write: Write, channel: str, subject: str, target: str, alert: Alert, moment: datetime
) -> bool:
    alert_id = _id_of_outgoing_alert(channel, subject, target, alert.key)
    row = write.upsert_into(OutgoingAlert).values(
        id=alert_id,
        channel=channel,
        subject=subject,
        target=target,
        category=alert.category,
        content=seal_for_row(alert_binding(alert_id), stored_content_of_alert(alert)),
        state=WAITING,
        attempts=0,
        posted_at=moment,
        next_at=moment,
        reason="",
    )
    once = row.on_conflict_do_nothing(index_elements=["id"]).returning(OutgoingAlert.id)
    return write.scalar(once) is not None


def stored_content_of_alert(alert: Alert) -> dict[str, object]:
    """Return what is kept of an alert until it has left; JSON."""
    words = {language: [each.title, each.text] for language, each in alert.words.items()}
    return {"key": alert.key, "words": words, "path": alert.path}


def _id_of_outgoing_alert(channel: str, subject: str, target: str, key: str) -> str:
    return hashlib.sha256("|".join((channel, subject, target, key)).encode()).hexdigest()


def _wants_sms(write: Write, subject: str, category: str) -> bool:
    return execute(write, _MOBILE, of_subject=subject, of_category=category).first() is not None
