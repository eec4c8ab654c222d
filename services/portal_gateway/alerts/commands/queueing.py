"""Queues an alert in the transaction that decides it, once for each device or mobile."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import select

from services.portal_gateway.alerts.rules.categories import BY_CHANNEL, CODE, PUSH, SMS
from services.portal_gateway.alerts.rules.delivery import WAITING
from services.portal_gateway.alerts.rules.words import Alert, code_words
from services.portal_gateway.cards.queries import may_leave
from services.portal_gateway.models import (
    AlertChoice,
    AlertMobile,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.models.seals import alert_binding
from services.portal_gateway.store import seal
from shared.database import Write
from shared.runtime.ids import new_id


def queue_alert(write: Write, subject: str, alert: Alert, moment: datetime) -> int:
    """
    Tell a guardian on each of its devices, or by SMS where it has none; return how many will leave.

    The same key is told once, however often it is queued. Who ended a category is not told of it.
    """
    devices = _devices_wanting(write, subject, alert.category)
    if not devices:
        return queue_sms(write, subject, alert, moment)
    if not may_leave(write, subject):
        return 0
    return sum(_queue(write, PUSH, subject, each, alert, moment) for each in devices)


def queue_sms(write: Write, subject: str, alert: Alert, moment: datetime) -> int:
    """Tell a guardian by SMS, where it gave a mobile and agreed; return how many will leave."""
    if alert.category not in BY_CHANNEL[SMS]:
        return 0
    if not _wants_sms(write, subject, alert.category) or not may_leave(write, subject):
        return 0
    return int(_queue(write, SMS, subject, "", alert, moment))


def queue_code(write: Write, subject: str, code: str, town: str, moment: datetime) -> None:
    """Send a guardian the code that proves its mobile."""
    words = code_words(town, code)
    _queue(write, SMS, subject, "", Alert(new_id(), CODE, words, "/compte/alertes"), moment)


def _queue(
    write: Write, channel: str, subject: str, target: str, alert: Alert, moment: datetime
) -> bool:
    alert_id = _id_of(channel, subject, target, alert.key)
    row = write.upsert(OutgoingAlert).values(
        id=alert_id,
        channel=channel,
        subject=subject,
        target=target,
        category=alert.category,
        content=seal(alert_binding(alert_id), content_of(alert)),
        state=WAITING,
        attempts=0,
        posted_at=moment,
        next_at=moment,
        reason="",
    )
    once = row.on_conflict_do_nothing(index_elements=["id"]).returning(OutgoingAlert.id)
    return write.scalar(once) is not None


def content_of(alert: Alert) -> dict[str, Any]:
    """Return what is kept of an alert until it has left; JSON."""
    words = {language: [each.title, each.text] for language, each in alert.words.items()}
    return {"key": alert.key, "words": words, "path": alert.path}


def _id_of(channel: str, subject: str, target: str, key: str) -> str:
    return hashlib.sha256("|".join((channel, subject, target, key)).encode()).hexdigest()


# One question each: a strike asks them of hundreds of guardians at once.
def _devices_wanting(write: Write, subject: str, category: str) -> list[str]:
    own = select(PushSubscription.id).where(PushSubscription.subject == subject)
    wanted = _chosen(PUSH, category, PushSubscription.subject)
    return list(write.scalars(own.where(wanted).order_by(PushSubscription.id)))


def _wants_sms(write: Write, subject: str, category: str) -> bool:
    own = select(AlertMobile.subject).where(AlertMobile.subject == subject)
    return write.scalar(own.where(_chosen(SMS, category, AlertMobile.subject))) is not None


def _chosen(channel: str, category: str, subject: object) -> Any:
    choice = select(AlertChoice.subject).where(
        AlertChoice.subject == subject,
        AlertChoice.channel == channel,
        AlertChoice.category == category,
    )
    return choice.exists()
