"""The devices, the mobile and the choices of a guardian."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.portal_gateway.alerts.client.web_push import Browser
from services.portal_gateway.alerts.rules.browser_hashes import device_digest
from services.portal_gateway.alerts.rules.mobiles import mobile_as_dialled
from services.portal_gateway.alerts.rules.retries_of_alerts import OPEN
from services.portal_gateway.models import (
    AlertChoice,
    AlertMobile,
    MobileCheck,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.models.sealed_value_bindings import (
    mobile_binding,
    mobile_check_binding,
    push_subscription_binding,
)
from services.portal_gateway.store import open_sealed


@dataclass(frozen=True)
class AlertChannels:
    """The channels of a guardian's alerts: since when by device, here among them, and by SMS."""

    devices: int
    here_since: datetime | None
    mobile: str
    unproven: str
    """The mobile to which a code was sent that may still be typed."""
    agreed_at: datetime | None
    choices: frozenset[tuple[str, str]]
    """Channel and category."""


def alert_channels(read: Session, subject: str, secret: str, moment: datetime) -> AlertChannels:
    """
    Return the channels of a guardian's alerts; `secret` is what the browser's own cookie holds.
    """
    own = select(PushSubscription).where(PushSubscription.subject == subject)
    devices = list(read.scalars(own))
    digest = device_digest(secret) if secret else ""
    here = next((each.made_at for each in devices if each.device == digest), None)
    mobile = read.get(AlertMobile, subject)
    chosen = select(AlertChoice.channel, AlertChoice.category).where(AlertChoice.subject == subject)
    return AlertChannels(
        len(devices),
        here,
        mobile_as_dialled(open_sealed(mobile_binding(subject), mobile.content)) if mobile else "",
        _unproven_mobile(read, subject, moment) if not mobile else "",
        mobile.agreed_at if mobile else None,
        frozenset((channel, category) for channel, category in read.execute(chosen)),
    )


def _unproven_mobile(read: Session, subject: str, moment: datetime) -> str:
    check = read.get(MobileCheck, subject)
    if check is None or check.expires_at <= moment:
        return ""
    return mobile_as_dialled(open_sealed(mobile_check_binding(subject), check.content))


def address_and_keys_of_browser(row: PushSubscription) -> Browser:
    """Return a browser's address and keys; raises Unreadable."""
    content = open_sealed(push_subscription_binding(row.id), row.content)
    return Browser(content["endpoint"], b64decode(content["p256dh"]), b64decode(content["auth"]))


def is_any_alert_open(read: Session) -> bool:
    """Return whether an alert waits, or is being sent: asked every second, where none mostly is."""
    return bool(read.scalar(select(exists().where(OutgoingAlert.state.in_(OPEN)))))
