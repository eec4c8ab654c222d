"""
Shared tablets: enrolled once by the lead, opened with an agent's name and PIN.

The browser holds two secrets: the tablet's, while it is enrolled, and that of the agent on duty.
The rows here hold their digests.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from services.enrolment.attendance.tablets.queries.tablets_and_duties import IDLE
from services.enrolment.models import Tablet, TabletDuty
from shared.database import Write
from shared.runtime.ids import new_id
from shared.web.session.browser_secret import new_secret, row_id

KEPT = timedelta(days=90)
"""Retention of duties: they give late marks their author."""


def enrol_tablet(write: Write, label: str, subject: str, now: datetime) -> str:
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


def revoke_tablet(write: Write, tablet_id: str, now: datetime) -> None:
    """Revoke a tablet: its secret opens nothing any more, nor does that of the agent on duty."""
    write.execute(
        update(Tablet)
        .where(Tablet.id == tablet_id, Tablet.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    write.execute(
        _make_update_of_open_duties().where(TabletDuty.tablet_id == tablet_id).values(ended_at=now)
    )


def store_count_of_unsent_marks(write: Write, tablet_id: str, unsent: int, now: datetime) -> None:
    """Store how many marks a tablet has not sent yet, as it reports."""
    statement = update(Tablet).where(Tablet.id == tablet_id)
    write.execute(statement.values(unsent=max(0, unsent), seen_at=now))


def begin_duty(write: Write, tablet_id: str, subject: str, now: datetime) -> str:
    """Let an agent with the right PIN work on a tablet; the agent before is signed out."""
    write.execute(
        _make_update_of_open_duties().where(TabletDuty.tablet_id == tablet_id).values(ended_at=now)
    )
    secret = new_secret()
    duty = TabletDuty(
        id=row_id(secret), tablet_id=tablet_id, subject=subject, opened_at=now, used_at=now
    )
    write.add(duty)
    write.flush()
    return secret


def note_tablet_used(write: Write, secret: str, now: datetime) -> None:
    """Note that the tablet is in use; a locked one stays locked."""
    used = _make_update_of_open_duties().where(
        TabletDuty.id == row_id(secret),
        TabletDuty.used_at > now - IDLE,
    )
    write.execute(used.values(used_at=now))


def lock_tablet(write: Write, secret: str, now: datetime) -> None:
    """Lock a tablet."""
    write.execute(
        _make_update_of_open_duties().where(TabletDuty.id == row_id(secret)).values(ended_at=now)
    )


def forget_past_duties(write: Write, now: datetime) -> None:
    """Delete duties past their retention."""
    write.execute(delete(TabletDuty).where(TabletDuty.opened_at < now - KEPT))


def _make_update_of_open_duties():  # type: ignore[no-untyped-def]
    return update(TabletDuty).where(TabletDuty.ended_at.is_(None))
