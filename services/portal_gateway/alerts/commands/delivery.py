"""Claims the alerts that are due, and stores what became of each."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from services.portal_gateway.alerts.commands.queueing import queue_sms
from services.portal_gateway.alerts.rules.alert_texts import Alert, Words
from services.portal_gateway.alerts.rules.categories import PUSH
from services.portal_gateway.alerts.rules.retries_of_alerts import (
    CLOCK_WAS_AHEAD,
    GIVEN_UP,
    GONE,
    GOOD_FOR,
    LOST_AFTER,
    OPEN,
    SENDING,
    WAITING,
    Outcome,
    is_given_up,
    next_attempt_at,
    state_of_lost_alert,
)
from services.portal_gateway.models import OutgoingAlert, PushSubscription
from services.portal_gateway.models.sealed_value_bindings import alert_binding
from services.portal_gateway.store import open_sealed
from shared.database import Write
from shared.dates.clock import CLOCKS_DIFFER

KEPT = timedelta(days=61)
"""A day longer than notices: one that comes again finds that it was sent."""


def claim_due_alerts(write: Write, moment: datetime, most: int) -> list[OutgoingAlert]:
    """Take alerts that are due, the oldest first; nobody else takes them meanwhile."""
    put_off_by_wrong_clock = OutgoingAlert.next_at > moment + CLOCK_WAS_AHEAD
    is_due = or_(OutgoingAlert.next_at <= moment, put_off_by_wrong_clock)
    due = (
        select(OutgoingAlert)
        .where(OutgoingAlert.state == WAITING, is_due)
        .order_by(OutgoingAlert.next_at, OutgoingAlert.id)
        .limit(most)
    )
    claimed = list(write.scalars(due.with_for_update(skip_locked=True)))
    for alert in claimed:
        alert.state, alert.taken_at = SENDING, moment
        alert.attempts += 1
    return claimed


def content_of_alert(row: OutgoingAlert) -> Alert:
    """Return what an alert says; raises Unreadable."""
    content = open_sealed(alert_binding(row.id), row.content or b"")
    words = {language: Words(*each) for language, each in content["words"].items()}
    return Alert(content["key"], row.category, words, content["path"])


def store_outcomes_of_tries(
    write: Write, outcomes: Iterable[tuple[OutgoingAlert, Outcome]], moment: datetime
) -> None:
    """
    Store what became of each try.

    A browser that is gone is forgotten; its person is alerted by SMS where no other device is left.
    """
    for alert, outcome in outcomes:
        if outcome.state == GONE:
            _forget_device(write, alert, moment)
        write.execute(
            update(OutgoingAlert)
            .where(OutgoingAlert.id == alert.id, OutgoingAlert.state == SENDING)
            .values(**_values_after_outcome(alert, outcome, moment))
        )


def release_lost_alerts(write: Write, moment: datetime) -> None:
    """Give back, or end, the alerts that a process took and died with."""
    lost = (OutgoingAlert.state == SENDING, OutgoingAlert.taken_at < moment - LOST_AFTER)
    for alert in write.scalars(select(OutgoingAlert).where(*lost)):
        state = state_of_lost_alert(alert.channel)
        alert.state, alert.next_at, alert.reason = state, moment, "lost"
        if state not in OPEN:
            alert.ended_at, alert.content = moment, None


def give_up_late_alerts(write: Write, moment: datetime) -> None:
    """
    End what has waited too long to be of use, as after a night out of service.

    How long one has that was posted while a clock was ahead nobody knows: the portal has it.
    """
    posted = OutgoingAlert.posted_at
    is_late = or_(posted <= moment - GOOD_FOR, posted > moment + CLOCKS_DIFFER)
    late = (OutgoingAlert.state == WAITING, is_late)
    ended = {"state": GIVEN_UP, "reason": "late", "ended_at": moment, "content": None}
    write.execute(update(OutgoingAlert).where(*late).values(**ended))


def delete_ended_alerts(write: Write, moment: datetime) -> None:
    """Delete the alerts that nothing can bring again."""
    write.execute(delete(OutgoingAlert).where(OutgoingAlert.ended_at < moment - KEPT))


def _values_after_outcome(
    alert: OutgoingAlert, outcome: Outcome, moment: datetime
) -> dict[str, object]:
    state = outcome.state
    if state == WAITING and is_given_up(alert.attempts, alert.posted_at, moment):
        state = GIVEN_UP
    changed: dict[str, object] = {"state": state, "reason": outcome.reason}
    if state == WAITING:
        changed["next_at"] = next_attempt_at(alert.attempts, outcome.retry_after, moment)
    else:
        changed |= {"ended_at": moment, "content": None}
    return changed


def _forget_device(write: Write, alert: OutgoingAlert, moment: datetime) -> None:
    write.execute(delete(PushSubscription).where(PushSubscription.id == alert.target))
    content = content_of_alert(alert)
    if not _has_other_device(write, alert):
        queue_sms(write, alert.subject, content, moment)


def _has_other_device(write: Write, alert: OutgoingAlert) -> bool:
    """Say whether another device of this person is left, which received the same."""
    left = select(PushSubscription.id).where(PushSubscription.subject == alert.subject)
    return alert.channel != PUSH or write.scalar(left.limit(1)) is not None
