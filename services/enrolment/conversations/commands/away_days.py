"""Dates on which this provider does not answer, with a sentence that families read first."""

from datetime import date, datetime

from sqlalchemy import delete

from services.enrolment.conversations.commands.counters import next_number
from services.enrolment.conversations.queries.away_days import announced_away
from services.enrolment.models import Away
from shared.contracts.enrolment.conversations import AwayDays, AwayPublished, away_published
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


def announce_away(write: Write, first: date, last: date, sentence: str, now: datetime) -> None:
    """Announce that the provider does not answer on these days, both included."""
    write.add(Away(id=new_id(), first_day=first, last_day=last, sentence=sentence))
    _publish_away(write, now)


def withdraw_away(write: Write, away_id: str, now: datetime) -> None:
    """Withdraw an announced absence; nothing happens if it was withdrawn before."""
    taken = delete(Away).where(Away.id == away_id).returning(Away.id)
    if write.execute(taken).first():
        _publish_away(write, now)


def _publish_away(write: Write, now: datetime) -> None:
    version = next_number(write, "away")
    write.flush()
    away: list[AwayDays] = [
        {"first_day": absence.first_day, "last_day": absence.last_day, "sentence": absence.sentence}
        for absence in announced_away(write, now.astimezone(PARIS).date())
    ]
    write.publish(away_published, AwayPublished(version, away))
