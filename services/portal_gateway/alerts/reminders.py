"""Reminders of days not booked and bills not paid, for who wants them: once, in time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.alerts.commands.queueing import queue_alert
from services.portal_gateway.alerts.rules.alert_texts import (
    Alert,
    due_bill_alert_words,
    reminder_alert_words,
)
from services.portal_gateway.alerts.rules.categories import REMINDER
from services.portal_gateway.alerts.rules.reminders import (
    Reminder,
    bills_to_remind_of,
    due_reminders,
    may_ring_at,
)
from services.portal_gateway.bills.queries import (
    accounts_of_households,
    bills_with_announced_part,
)
from services.portal_gateway.cards.queries.guardian_households import card_of_guardian
from services.portal_gateway.models import AlertChoice
from services.portal_gateway.schedule.queries.household_cards import cards_of_households
from services.portal_gateway.schedule.rules.family_days import merge_days
from services.portal_gateway.store import store
from shared.contracts.billing.payment_plans import GRANTED
from shared.dates.clock import PARIS
from shared.json_values import JsonMapping

IN_ONE_WRITE = 100


def remind_of_deadlines(moment: datetime) -> int:
    """Queue the reminders that are due; return how many will leave."""
    if not may_ring_at(moment):
        return 0  # at night no card is opened for nothing
    with store.read() as read:
        wanting = list(_guardians_wanting_reminders(read))
        due = [
            (subject, each)
            for subject in wanting
            for each in _due_alerts_of_guardian(read, subject, moment)
        ]
    queued = 0
    for first in range(0, len(due), IN_ONE_WRITE):
        with store.write() as write:
            for subject, alert in due[first : first + IN_ONE_WRITE]:
                queued += queue_alert(write, subject, alert, moment)
    return queued


def _guardians_wanting_reminders(read: Session) -> Sequence[str]:
    wanting = select(AlertChoice.subject).where(AlertChoice.category == REMINDER).distinct()
    return read.scalars(wanting.order_by(AlertChoice.subject)).all()


def _due_alerts_of_guardian(read: Session, subject: str, moment: datetime) -> Iterator[Alert]:
    """Yield a guardian's reminders that are due: of days and of bills, in its own homes."""
    card = card_of_guardian(read, subject)
    if card is None:
        return
    for reminder in _reminders_of_bookable_days(read, card, moment):
        yield _alert_of_days(reminder, moment)
    today = moment.astimezone(PARIS).date()
    owed = accounts_of_households(read, card["households"]).bills_asked_for
    in_parts = [bill for bill in owed if bill.plan == GRANTED]
    announced = bills_with_announced_part(read, in_parts) if in_parts else set()
    for due in bills_to_remind_of(owed, today, announced):
        words = due_bill_alert_words(_label_of_provider(due.provider), due.due_on, today)
        yield Alert(due.key, REMINDER, words, "/factures")


def _reminders_of_bookable_days(
    read: Session, card: JsonMapping, moment: datetime
) -> list[Reminder]:
    """Return what a guardian's own children could still have."""
    children = [
        file
        for child in card["children"]
        if not child.get("carer")
        for file in (child["id"], *(each["child_id"] for each in child.get("also", ())))
    ]
    today = moment.astimezone(PARIS).date()
    days = [
        day
        for each in cards_of_households(read, card["households"], children)
        for day in each.days(today, today.max)
    ]
    return due_reminders(merge_days(days), moment)


def _alert_of_days(reminder: Reminder, moment: datetime) -> Alert:
    today = moment.astimezone(PARIS).date()
    words = reminder_alert_words(
        _label_of_provider(reminder.provider), reminder.days, reminder.until, today
    )
    return Alert(reminder.key, REMINDER, words, "/semaine")


def _label_of_provider(provider: str) -> str:
    service = store.register.provider(provider)
    return service.label if service else store.register.now.town.name
