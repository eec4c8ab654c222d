"""Shared tablets in use, and the agents on duty on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from services.enrolment.models import Pin, Subject, SubjectRight, Tablet, TabletDuty
from shared.database import Read, Write
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import valid_on_condition
from shared.text import folded
from shared.web.session.browser_secret import row_id

IDLE = timedelta(minutes=5)

SENDS_FOR = timedelta(hours=12)
"""Time after opening in which a tablet, even locked, may still send its ticks."""

NOTED_EVERY = timedelta(seconds=20)


@dataclass(frozen=True)
class Duty:
    """The agent who opened a tablet; `live` while it was used in the last five minutes."""

    secret: str
    subject: str
    tablet_id: str
    opened_at: datetime
    live: bool
    to_note: bool
    """True if the use must be written down again."""


def tablet_by_secret(read: Read | Write, secret: str) -> Tablet | None:
    """Return the enrolled tablet with this secret."""
    if not secret:
        return None
    return read.scalar(
        select(Tablet).where(Tablet.digest == row_id(secret), Tablet.revoked_at.is_(None))
    )


def enrolled_tablets(read: Read) -> Sequence[Tablet]:
    """Return the tablets that are in use, by name."""
    query = (
        select(Tablet)
        .where(Tablet.revoked_at.is_(None))
        .order_by(french_sort_column(Tablet.label), Tablet.id)
    )
    return read.scalars(query).all()


def agents_with_pin(read: Read, roles: Collection[str], day: date) -> list[tuple[str, str]]:
    """Return the agents (subject, name) with a PIN and one of these roles on that day, by name."""
    right = SubjectRight
    rows = read.execute(
        select(Subject.subject, Subject.name)
        .join(Pin, Pin.subject == Subject.subject)
        .join(right, right.subject == Subject.subject)
        .where(Subject.active.is_(True), Subject.kind == "agent", right.role.in_(roles))
        .where(valid_on_condition(right, day))
        .distinct()
    )
    agents = [(subject, name) for subject, name in rows]
    return sorted(agents, key=lambda agent: (folded(agent[1]), agent[0]))


def duty_on_tablet(read: Read, tablet: Tablet, secret: str, now: datetime) -> Duty | None:
    """Return the duty on this tablet, None if its agent may not even send marks any more."""
    row = read.get(TabletDuty, row_id(secret)) if secret else None
    if row is None or row.tablet_id != tablet.id or now >= row.opened_at + SENDS_FOR:
        return None
    live = row.ended_at is None and now < row.used_at + IDLE
    to_note = live and now - row.used_at >= NOTED_EVERY
    return Duty(secret, row.subject, row.tablet_id, row.opened_at, live, to_note)


def persons_who_had_tablet(read: Read, tablet_id: str, subjects: Collection[str]) -> set[str]:
    """Return the people of these who worked on this tablet: they may be authors of its marks."""
    query = select(TabletDuty.subject).where(
        TabletDuty.tablet_id == tablet_id, TabletDuty.subject.in_(subjects)
    )
    return set(read.scalars(query))
