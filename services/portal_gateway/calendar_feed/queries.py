"""The feed behind a secret address, and the days that stand in it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.calendar_feed.rules import FeedDay
from services.portal_gateway.cards.queries.guardian_households import card_of_guardian
from services.portal_gateway.models import CalendarFeed
from services.portal_gateway.schedule.queries.household_cards import cards_of_households
from services.portal_gateway.schedule.rules.family_days import merge_days
from services.portal_gateway.session.queries.children import Family, family_of_card
from shared.contracts.enrolment.places import states


@dataclass(frozen=True)
class FeedState:
    """Dates of a guardian's address: made, and last read by a program."""

    made_at: datetime
    read_at: datetime | None


def feed_state_of(read: Session, subject: str) -> FeedState | None:
    """Return the state of a guardian's feed, None without one."""
    row = read.get(CalendarFeed, subject)
    return None if row is None else FeedState(row.made_at, row.read_at)


def guardian_of_feed(read: Session, digest: str) -> tuple[str, Family] | None:
    """
    Return whose feed this is, with its family; None for who is guardian of no child any more.
    """
    subject = read.scalar(select(CalendarFeed.subject).where(CalendarFeed.digest == digest))
    card = card_of_guardian(read, subject) if subject else None
    if subject is None or card is None:
        return None
    family = family_of_card(card)
    return (subject, family) if family.households and family.wards else None


def days_of_feed(read: Session, family: Family) -> list[FeedDay]:
    """
    Return the days of a guardian's own homes and children, by start, as the cards have them.

    A child of whom the person is no guardian is in no feed: an access that another guardian
    granted ends on its day, and what a program has read of it would stay.
    """
    children = [each for child in family.wards for each in child.ids]
    said: dict[tuple[str, str, str], FeedDay] = {}
    for card in cards_of_households(read, family.households, children):
        for day in card.days(date.min, date.max):
            key = (day.provider, day.child_id, day.session_id)
            if day.state != states.OTHER:
                said[key] = FeedDay(day, card.at)
    kept = merge_days(each.day for each in said.values())
    return [said[day.provider, day.child_id, day.session_id] for day in kept]
