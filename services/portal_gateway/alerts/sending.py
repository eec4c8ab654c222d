"""Sends the alerts that are due, many at a time: a strike reaches hundreds within seconds."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import select

from services.portal_gateway.alerts.client.sms import send_sms
from services.portal_gateway.alerts.client.vapid import TownKey
from services.portal_gateway.alerts.client.web_push import (
    CONNECTIONS,
    Browser,
    Message,
    PushServices,
)
from services.portal_gateway.alerts.commands.delivery import (
    claim_due_alerts,
    content_of_alert,
    give_up_late_alerts,
    release_lost_alerts,
    store_outcomes_of_tries,
)
from services.portal_gateway.alerts.queries import address_and_keys_of_browser, is_any_alert_open
from services.portal_gateway.alerts.rules.alert_texts import FRENCH, Alert, sms_text
from services.portal_gateway.alerts.rules.categories import CODE, PUSH, SMS, URGENT
from services.portal_gateway.alerts.rules.retries_of_alerts import (
    GIVEN_UP,
    GONE,
    REFUSED,
    UNCERTAIN,
    Outcome,
)
from services.portal_gateway.models import (
    AlertMobile,
    MobileCheck,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.models.sealed_value_bindings import (
    mobile_binding,
    mobile_check_binding,
)
from services.portal_gateway.store import open_sealed, store
from shared.database import Unreadable, Write
from shared.dates.clock import now
from shared.runtime.logs import log, log_error
from shared.settings import Settings, SmsGateway

AT_ONCE = 100
"""Alerts that are claimed together; a process that dies takes so many with it at most."""


@dataclass(frozen=True)
class Sender:
    """Channels of alerts: push services under the town's key, and its SMS gateway."""

    push: PushServices | None
    key_mark: str
    gateway: SmsGateway | None
    portal_url: str


@dataclass(frozen=True)
class _Addressed:
    """An alert with where it goes; `browser` and `number` are None where there is none any more."""

    row: OutgoingAlert
    alert: Alert
    language: str
    browser: Browser | None = None
    number: str = ""


@cache
def push_services_of_settings(
    vapid_key: str, portal_url: str, stand_in: str
) -> tuple[PushServices, str]:
    """Return the push services of a process, which keep their connections, and the key's mark."""
    key = TownKey(vapid_key, portal_url)
    return PushServices(key, stand_in), key.mark


def sender_of_process(settings: Settings) -> Sender:
    """Return what alerts leave by in this process."""
    push, mark = None, ""
    if settings.vapid_key:
        push, mark = push_services_of_settings(
            settings.vapid_key, settings.portal_url, settings.push_stand_in
        )
    return Sender(push, mark, settings.sms_gateway, settings.portal_url)


def send_due_alerts(sender: Sender) -> int:
    """Send all that is due, a batch after the other; return how many were tried."""
    with store.read() as read:
        if not is_any_alert_open(read):
            return 0
    tried = 0
    with store.write() as write:
        release_lost_alerts(write, now())
        give_up_late_alerts(write, now())
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        while batch := _claim_alerts_with_addresses(sender, now()):
            outcomes = list(threads.map(lambda each: _send_alert(sender, each), batch))
            with store.write() as write:
                addressed = zip((each.row for each in batch), outcomes, strict=True)
                store_outcomes_of_tries(write, addressed, now())
            tried += len(batch)
            _log_outcomes(batch, outcomes)
    return tried


def _claim_alerts_with_addresses(sender: Sender, moment: datetime) -> list[_Addressed]:
    with store.write() as write:
        rows = claim_due_alerts(write, moment, AT_ONCE)
        targets = [row.target for row in rows if row.channel == PUSH]
        found = {
            each.id: each
            for each in write.scalars(
                select(PushSubscription).where(PushSubscription.id.in_(targets))
            )
        }
        numbers = _mobiles_of_guardians(write, [row.subject for row in rows if row.channel == SMS])
        claimed = []
        for row in rows:
            try:
                device = found.get(row.target)
                mobile = numbers.get((row.category == CODE, row.subject))
                claimed.append(
                    _alert_addressed_to_browser(sender, row, device)
                    if row.channel == PUSH
                    else _alert_addressed_to_mobile(row, mobile)
                )
            except Unreadable:
                row.state, row.ended_at, row.reason = GIVEN_UP, moment, "unreadable"
                row.content = None
        write.flush()
        write.expunge_all()
        return claimed


def _mobiles_of_guardians(
    write: Write, subjects: Sequence[str]
) -> dict[tuple[bool, str], AlertMobile | MobileCheck]:
    """Return the mobiles of guardians: proven ones, and (True) those that a code goes to."""
    proven = select(AlertMobile).where(AlertMobile.subject.in_(subjects))
    unproven = select(MobileCheck).where(MobileCheck.subject.in_(subjects))
    found: dict[tuple[bool, str], AlertMobile | MobileCheck] = {
        (False, each.subject): each for each in write.scalars(proven)
    }
    return found | {(True, each.subject): each for each in write.scalars(unproven)}


def _alert_addressed_to_browser(
    sender: Sender, row: OutgoingAlert, device: PushSubscription | None
) -> _Addressed:
    alert = content_of_alert(row)
    if device is None or device.key_mark != sender.key_mark:
        return _Addressed(row, alert, FRENCH)
    return _Addressed(row, alert, device.language, address_and_keys_of_browser(device))


def _alert_addressed_to_mobile(
    row: OutgoingAlert, mobile: AlertMobile | MobileCheck | None
) -> _Addressed:
    alert = content_of_alert(row)
    if mobile is None:
        return _Addressed(row, alert, FRENCH)
    binding = mobile_binding if isinstance(mobile, AlertMobile) else mobile_check_binding
    number = open_sealed(binding(mobile.subject), mobile.content)
    return _Addressed(row, alert, mobile.language, number=number)


def _send_alert(sender: Sender, addressed: _Addressed) -> Outcome:
    """Send an alert; what nobody foresaw ends this one, and none of those beside it."""
    try:
        return _send_by_push_or_sms(sender, addressed)
    except Exception as error:
        log_error("alert_failed", error)
        return Outcome(UNCERTAIN, type(error).__name__[:40])


def _send_by_push_or_sms(sender: Sender, addressed: _Addressed) -> Outcome:
    words = addressed.alert.words[addressed.language]
    if addressed.browser is not None and sender.push is not None:
        tag = addressed.row.id[:32]
        message = Message(tag, words.title, words.text, addressed.alert.path, addressed.language)
        return sender.push.send_message(
            addressed.browser, message, addressed.alert.category == URGENT
        )
    if addressed.number and sender.gateway is not None:
        text = sms_text(words, sender.portal_url)
        return send_sms(sender.gateway, addressed.number, text, addressed.row.id)
    if addressed.number:
        return Outcome(REFUSED, "no_gateway")
    return Outcome(GONE, "nowhere")


def _log_outcomes(batch: Sequence[_Addressed], outcomes: Sequence[Outcome]) -> None:
    """Log counts alone: a line for each would say who was alerted at the same moment."""
    counts: dict[str, int] = {}
    for each, outcome in zip(batch, outcomes, strict=True):
        name = f"{each.row.channel}_{outcome.state}"
        counts[name] = counts.get(name, 0) + 1
    log("alerts", **counts)
