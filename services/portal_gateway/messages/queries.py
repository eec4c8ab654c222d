"""
Conversations from providers' cards, and what a guardian has not read of them.

A guardian sees the threads whose card names that guardian, and the bulletins that concern a place
of the children. Texts are fetched from the provider and not stored.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from services.portal_gateway.models import (
    AwayCard,
    BulletinCard,
    BulletinRead,
    ThreadCard,
    ThreadReader,
)
from services.portal_gateway.models.sealed_value_bindings import bulletin_binding, thread_binding
from services.portal_gateway.schedule.rules.family_days import Card
from services.portal_gateway.store import open_sealed
from shared.contracts.enrolment.messages.bulletin_audience import DatedPlace, does_bulletin_concern

MOST = 100


@dataclass(frozen=True)
class Thread:
    """One conversation as its card says it."""

    provider: str
    thread_id: str
    kind: str
    title: str
    child_ids: tuple[str, ...]
    last_at: datetime
    last_side: str
    unread: int


@dataclass(frozen=True)
class Bulletins:
    """Bulletins of one provider to many families: the number of new ones, and the last."""

    provider: str
    unread: int
    title: str
    last_at: datetime


@dataclass(frozen=True)
class Away:
    """Days on which a provider does not answer."""

    first_day: date
    last_day: date
    sentence: str


Places = Mapping[str, Sequence[DatedPlace]]
"""Places of a guardian's children, by provider."""


def places_by_provider(cards: Iterable[Card], since: Mapping[str, date]) -> Places:
    """Return the children's places by provider, from the day on that `since` says of a child."""
    by_provider: dict[str, list[DatedPlace]] = {}
    for card in cards:
        by_provider.setdefault(card.provider, []).extend(card.places_for_bulletins(since))
    return by_provider


def threads_of_guardian(read: Session, subject: str) -> list[Thread]:
    """Return the conversations that a guardian may read, the latest first."""
    rows = read.execute(_select_threads(subject).limit(MOST)).all()
    return sorted(
        (_unsealed_thread(*row) for row in rows), key=lambda row: row.last_at, reverse=True
    )


def thread_of_guardian(read: Session, subject: str, provider: str, thread_id: str) -> Thread | None:
    """Return one conversation of a guardian; None for another's, and for one without a card."""
    key = (ThreadCard.provider == provider, ThreadCard.thread_id == thread_id)
    row = read.execute(_select_threads(subject).where(*key)).first()
    return _unsealed_thread(*row) if row else None


def bulletins_concerning(read: Session, subject: str, places: Places) -> list[Bulletins]:
    """Return the bulletins that concern these places, a line for each provider."""
    marks = bulletin_marks(read, subject)
    by_provider: dict[str, Bulletins] = {}
    cards = select(BulletinCard).where(BulletinCard.provider.in_(list(places)))
    for row in read.scalars(cards.order_by(BulletinCard.number)):
        if not does_bulletin_concern(row.target, row.target_id, row.day, places[row.provider]):
            continue
        before = by_provider[row.provider].unread if row.provider in by_provider else 0
        content = open_sealed(bulletin_binding(row.provider, row.number), row.content)
        by_provider[row.provider] = Bulletins(
            row.provider,
            before + (row.number > marks.get(row.provider, 0)),
            content["title"],
            to_moment(content["at"]),
        )
    return sorted(by_provider.values(), key=lambda line: line.last_at, reverse=True)


def count_unread_messages(read: Session, subject: str) -> int:
    """Return how many messages of threads a guardian has not read; opens none."""
    counted = select(func.coalesce(func.sum(ThreadReader.unread), 0))
    return int(read.scalar(counted.where(ThreadReader.subject == subject)) or 0)


def has_new_bulletin(read: Session, subject: str) -> bool:
    """Say whether there is a bulletin after this guardian's marks, whomever it concerns."""
    mark = BulletinRead.__table__.c
    newer = (
        select(BulletinCard.number)
        .outerjoin(
            BulletinRead,
            (mark.provider == BulletinCard.provider) & (mark.subject == subject),
        )
        .where(or_(mark.number.is_(None), BulletinCard.number > mark.number))
    )
    return read.scalar(newer.limit(1)) is not None


def absences_by_provider(
    read: Session, providers: Collection[str], today: date
) -> Mapping[str, list[Away]]:
    """Return by provider when it does not answer, what is over left out."""
    rows = read.scalars(select(AwayCard).where(AwayCard.provider.in_(list(providers))))
    return {row.provider: _parse_absences(row.content, today) for row in rows}


def _parse_absences(content: str, today: date) -> list[Away]:
    absences = [
        Away(to_day(row["first_day"]), to_day(row["last_day"]), row["sentence"])
        for row in json.loads(content)
    ]
    return [absence for absence in absences if absence.last_day >= today]


def bulletin_marks(read: Session, subject: str) -> dict[str, int]:
    rows = read.scalars(select(BulletinRead).where(BulletinRead.subject == subject))
    return {row.provider: row.number for row in rows}


def _select_threads(subject: str) -> Select[ThreadCard, int]:
    return (
        select(ThreadCard, ThreadReader.unread)
        .join(
            ThreadReader,
            (ThreadReader.provider == ThreadCard.provider)
            & (ThreadReader.thread_id == ThreadCard.thread_id),
        )
        .where(ThreadReader.subject == subject)
        .order_by(ThreadCard.received_at.desc())
    )


def _unsealed_thread(row: ThreadCard, unread: int) -> Thread:
    content = open_sealed(thread_binding(row.provider, row.thread_id), row.content)
    return Thread(
        row.provider,
        row.thread_id,
        content["kind"],
        content["title"],
        tuple(content["child_ids"]),
        to_moment(content["last_at"]),
        content["last_side"],
        unread,
    )
