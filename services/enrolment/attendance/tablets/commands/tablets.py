"""
Shared tablets: enrolled once by who answers for the day, opened by an agent's name and PIN.

The browser holds two secrets: the tablet's, for as long as it is enrolled, and that of the agent on
duty. Rows here hold their digests.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select, update

from services.enrolment.models import Pin, Subject, SubjectRight, Tablet, TabletDuty
from shared.database import Read, Write
from shared.runtime.ids import new_id
from shared.text import folded
from shared.web.session.browser_secret import new_secret, row_id

IDLE = timedelta(minutes=5)
SENDS_FOR = timedelta(hours=12)
"""How long after it was opened a tablet may still send what was ticked, though it is locked."""

NOTED_EVERY = timedelta(seconds=20)
KEPT = timedelta(days=90)
"""How long it is known who was on duty: marks that come late name their author."""


@dataclass(frozen=True)
class Duty:
    """Who opened a tablet; `live` while it was touched in the last five minutes."""

    secret: str
    subject: str
    tablet_id: str
    opened_at: datetime
    live: bool
    to_note: bool
    """Whether that it is used now should be written down."""


def enrol(write: Write, label: str, subject: str, now: datetime) -> str:
    """Enrol this browser as a shared tablet; return its secret, for the cookie."""
    secret = new_secret()
    tablet = Tablet(
        id=new_id(),
        label=label,
        digest=row_id(secret),
        enrolled_by=subject,
        enrolled_at=now,
        unsent=0,
    )
    write.add(tablet)
    write.flush()
    return secret


def revoke(write: Write, tablet_id: str, now: datetime) -> None:
    """Take a tablet out: its secret opens nothing any more, nor does who is on duty on it."""
    write.execute(
        update(Tablet)
        .where(Tablet.id == tablet_id, Tablet.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    write.execute(_open_ones().where(TabletDuty.tablet_id == tablet_id).values(ended_at=now))


def tablet_of(read: Read | Write, secret: str) -> Tablet | None:
    """Return the enrolled tablet that holds this secret."""
    if not secret:
        return None
    return read.scalar(
        select(Tablet).where(Tablet.digest == row_id(secret), Tablet.revoked_at.is_(None))
    )


def enrolled(read: Read) -> Sequence[Tablet]:
    """Return the tablets that are in use, by name."""
    wanted = select(Tablet).where(Tablet.revoked_at.is_(None)).order_by(Tablet.label, Tablet.id)
    return read.scalars(wanted).all()


def note_said(write: Write, tablet_id: str, unsent: int, now: datetime) -> None:
    """Keep what a tablet said of itself: how many marks it has not sent yet."""
    said = update(Tablet).where(Tablet.id == tablet_id)
    write.execute(said.values(unsent=max(0, unsent), seen_at=now))


def who_may_open(read: Read, roles: Collection[str], day: date) -> list[tuple[str, str]]:
    """Return the agents (subject, name) with a PIN and one of these roles on that day, by name."""
    right = SubjectRight
    rows = read.execute(
        select(Subject.subject, Subject.name)
        .join(Pin, Pin.subject == Subject.subject)
        .join(right, right.subject == Subject.subject)
        .where(Subject.active.is_(True), Subject.kind == "agent", right.role.in_(roles))
        .where(right.valid_from <= day, or_(right.valid_to.is_(None), right.valid_to >= day))
        .distinct()
    )
    found = [(subject, name) for subject, name in rows]
    return sorted(found, key=lambda each: (folded(each[1]), each[0]))


def begin_duty(write: Write, tablet_id: str, subject: str, now: datetime) -> str:
    """Let an agent whose PIN was right work on a tablet; who was there before is off it."""
    write.execute(_open_ones().where(TabletDuty.tablet_id == tablet_id).values(ended_at=now))
    secret = new_secret()
    duty = TabletDuty(
        id=row_id(secret), tablet_id=tablet_id, subject=subject, opened_at=now, used_at=now
    )
    write.add(duty)
    write.flush()
    return secret


def duty_of(read: Read, tablet: Tablet, secret: str, now: datetime) -> Duty | None:
    """Return who is on duty on this tablet, None where nobody may even send any more."""
    row = read.get(TabletDuty, row_id(secret)) if secret else None
    if row is None or row.tablet_id != tablet.id or now >= row.opened_at + SENDS_FOR:
        return None
    live = row.ended_at is None and now < row.used_at + IDLE
    to_note = live and now - row.used_at >= NOTED_EVERY
    return Duty(secret, row.subject, row.tablet_id, row.opened_at, live, to_note)


def note_used(write: Write, secret: str, now: datetime) -> None:
    """Note that somebody touches the tablet; one that is locked stays so."""
    used = _open_ones().where(
        TabletDuty.id == row_id(secret),
        TabletDuty.used_at > now - IDLE,
    )
    write.execute(used.values(used_at=now))


def end_duty(write: Write, secret: str, now: datetime) -> None:
    """Lock a tablet."""
    write.execute(_open_ones().where(TabletDuty.id == row_id(secret)).values(ended_at=now))


def was_on_duty(read: Read, tablet_id: str, subjects: Collection[str]) -> set[str]:
    """Return which of these people have worked on this tablet: marks may be theirs."""
    wanted = select(TabletDuty.subject).where(
        TabletDuty.tablet_id == tablet_id, TabletDuty.subject.in_(subjects)
    )
    return set(read.scalars(wanted))


def forget_past(write: Write, now: datetime) -> None:
    """Delete what nobody needs any more."""
    write.execute(delete(TabletDuty).where(TabletDuty.opened_at < now - KEPT))


def _open_ones():  # type: ignore[no-untyped-def]
    return update(TabletDuty).where(TabletDuty.ended_at.is_(None))
