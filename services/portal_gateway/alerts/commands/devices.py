"""Devices and mobile of a guardian, and the categories that each receives."""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from services.portal_gateway.alerts.rules.browser_hashes import device_digest, subscription_id
from services.portal_gateway.alerts.rules.categories import AT_FIRST, BY_CHANNEL, PUSH, SMS
from services.portal_gateway.models import (
    AlertChoice,
    AlertMobile,
    MobileCheck,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.models.sealed_value_bindings import (
    mobile_binding,
    push_subscription_binding,
)
from services.portal_gateway.store import seal_for_row
from shared.database import Write

MOST_DEVICES = 10
"""The oldest goes when another one comes: a browser that was thrown away says no good-bye."""


@dataclass(frozen=True)
class NewDevice:
    """A browser that receives alerts from now on; `secret` is in its own cookie."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    secret: str
    language: str
    key_mark: str


def add_device_for_alerts(write: Write, subject: str, device: NewDevice, moment: datetime) -> None:
    """Alert a guardian on this browser too; its former guardian is alerted here no more."""
    row_id = subscription_id(device.endpoint)
    is_first = _has_no_other_device(write, subject, row_id)
    content = {
        "endpoint": device.endpoint,
        "p256dh": b64encode(device.p256dh).decode("ascii"),
        "auth": b64encode(device.auth).decode("ascii"),
    }
    values = {
        "subject": subject,
        "device": device_digest(device.secret),
        "language": device.language,
        "key_mark": device.key_mark,
        "content": seal_for_row(push_subscription_binding(row_id), content),
        "made_at": moment,
    }
    own = PushSubscription.device == values["device"]
    write.execute(delete(PushSubscription).where(own, PushSubscription.id != row_id))
    row = write.upsert_into(PushSubscription).values(id=row_id, **values)
    write.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    _drop_oldest_devices(write, subject)
    if is_first and not _has_chosen_a_category(write, subject, PUSH):
        keep_alert_choices(write, subject, PUSH, AT_FIRST)


def end_alerts_on_device(write: Write, secret: str) -> None:
    """Tell nobody anything more on this browser: its person signed out, or wants it so."""
    if secret:
        own = PushSubscription.device == device_digest(secret)
        write.execute(delete(PushSubscription).where(own))


def end_alerts_on_devices(write: Write, subject: str, before: datetime | None = None) -> None:
    """Tell a guardian on none of its devices any more, or on none that was added `before`."""
    own = delete(PushSubscription).where(PushSubscription.subject == subject)
    write.execute(own.where(PushSubscription.made_at < before) if before else own)


def keep_alert_choices(
    write: Write, subject: str, channel: str, categories: Collection[str]
) -> None:
    """Store the categories of which a guardian wants alerts by a channel; no others."""
    own = (AlertChoice.subject == subject, AlertChoice.channel == channel)
    write.execute(delete(AlertChoice).where(*own))
    rows = [
        {"subject": subject, "channel": channel, "category": category}
        for category in BY_CHANNEL[channel]
        if category in categories
    ]
    if rows:
        write.execute(insert(AlertChoice), rows)


def keep_mobile_for_sms(
    write: Write, subject: str, number: str, language: str, moment: datetime
) -> None:
    """Store the mobile, proven by a code, that a guardian agrees to be written to."""
    values = {
        "language": language,
        "content": seal_for_row(mobile_binding(subject), number),
        "agreed_at": moment,
    }
    row = write.upsert_into(AlertMobile).values(subject=subject, **values)
    write.execute(row.on_conflict_do_update(index_elements=["subject"], set_=values))
    if not _has_chosen_a_category(write, subject, SMS):
        keep_alert_choices(write, subject, SMS, AT_FIRST)


def forget_mobile_of_guardian(write: Write, subject: str) -> None:
    """Forget a guardian's mobile: no SMS leaves to it any more."""
    write.execute(delete(AlertMobile).where(AlertMobile.subject == subject))
    keep_alert_choices(write, subject, SMS, ())


def forget_devices_and_mobile(write: Write, subject: str) -> None:
    """Forget all devices and numbers of a closed account."""
    end_alerts_on_devices(write, subject)
    forget_mobile_of_guardian(write, subject)
    keep_alert_choices(write, subject, PUSH, ())
    write.execute(delete(MobileCheck).where(MobileCheck.subject == subject))
    write.execute(delete(OutgoingAlert).where(OutgoingAlert.subject == subject))


def _has_no_other_device(write: Write, subject: str, row_id: str) -> bool:
    other = select(PushSubscription.id).where(
        PushSubscription.subject == subject, PushSubscription.id != row_id
    )
    return write.scalar(other.limit(1)) is None


def _has_chosen_a_category(write: Write, subject: str, channel: str) -> bool:
    own = select(AlertChoice.category).where(
        AlertChoice.subject == subject, AlertChoice.channel == channel
    )
    return write.scalar(own.limit(1)) is not None


def _drop_oldest_devices(write: Write, subject: str) -> None:
    own = select(PushSubscription.id).where(PushSubscription.subject == subject)
    over = own.order_by(PushSubscription.made_at.desc()).offset(MOST_DEVICES)
    old = list(write.scalars(over))
    write.execute(delete(PushSubscription).where(PushSubscription.id.in_(old)))
