"""Bulletins: one text to all families of an activity, a group or the whole provider."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.conversations.commands.bulletin_and_away_days_numbers import (
    take_next_number,
)
from services.enrolment.conversations.queries.bulletins import CONTENT, count_households_reached
from services.enrolment.models import Bulletin
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.messages.bulletin_audience import ALL
from shared.database import Unreadable, Vault, Write
from shared.dates.clock import PARIS


@dataclass(frozen=True)
class Draft:
    """A bulletin before it is sent."""

    title: str
    body: str
    target: str = ALL
    target_id: str | None = None


def send_bulletin(
    write: Write, vault: Vault, draft: Draft, author: str, key: str, now: datetime
) -> None:
    """Send a bulletin once: `key` is the form's idempotency key."""
    if write.get(Bulletin, key) is not None:
        return
    day = now.astimezone(PARIS).date()
    number = take_next_number(write, "bulletins")
    vault.prepare_keys([key])
    write.add(
        Bulletin(
            id=key,
            number=number,
            target=draft.target,
            target_id=draft.target_id,
            day=day,
            content=vault.seal(key, CONTENT, {"title": draft.title, "body": draft.body}),
            author=author,
            households=count_households_reached(write, draft.target, draft.target_id, day),
            sent_at=now,
        )
    )
    write.publish(
        conversations.bulletin_published,
        conversations.BulletinPublished(
            bulletin_id=key,
            number=number,
            title=draft.title,
            at=now,
            day=day,
            target=draft.target,
            target_id=draft.target_id,
        ),
    )


def bulletins_as_published(
    read: Session, vault: Vault, numbers: Collection[int]
) -> list[conversations.BulletinPublished]:
    """Return these bulletins as they were published; none that can be read no more."""
    found = []
    for row in read.scalars(select(Bulletin).where(Bulletin.number.in_(numbers))):
        with suppress(Unreadable):
            found.append(
                conversations.BulletinPublished(
                    bulletin_id=row.id,
                    number=row.number,
                    title=vault.open(row.id, CONTENT, row.content)["title"],
                    at=row.sent_at,
                    day=row.day,
                    target=row.target,
                    target_id=row.target_id,
                )
            )
    return found
