"""Dates on which this provider does not answer, with a sentence that families read first."""

from datetime import date, datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from services.enrolment.conversations.commands.bulletin_and_away_days_numbers import (
    take_next_number,
)
from services.enrolment.conversations.queries.provider_away_days import announced_away_days
from services.enrolment.models import Away, ConversationCount
from shared.contracts.enrolment.messages.conversations import (
    AwayDays,
    AwayPublished,
    away_published,
)
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


def announce_away_days(write: Write, first: date, last: date, sentence: str, now: datetime) -> None:
    """Announce that the provider does not answer on these days, both included."""
    write.add(Away(id=new_id(), first_day=first, last_day=last, sentence=sentence))
    _publish_away_days(write, now)


def withdraw_away_days(write: Write, away_id: str, now: datetime) -> None:
    """Withdraw an announced absence; nothing happens if it was withdrawn before."""
    taken = delete(Away).where(Away.id == away_id).returning(Away.id)
    if write.execute(taken).first():
        _publish_away_days(write, now)


def publish_again(write: Write, now: datetime, *, above: int) -> None:
    """Publish the absences at a version above the one that the portal stores."""
    raised = update(ConversationCount).where(ConversationCount.away < above)
    write.execute(raised.values(away=above))
    _publish_away_days(write, now)


def event_of_away_days(read: Session, version: int, today: date) -> AwayPublished:
    """Return the absences that are not over, as they are published."""
    away: list[AwayDays] = [
        {"first_day": absence.first_day, "last_day": absence.last_day, "sentence": absence.sentence}
        for absence in announced_away_days(read, today)
    ]
    return AwayPublished(version, away)


def _publish_away_days(write: Write, now: datetime) -> None:
    version = take_next_number(write, "away")
    write.flush()
    event = event_of_away_days(write, version, now.astimezone(PARIS).date())
    write.publish(away_published, event)
