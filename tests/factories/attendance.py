"""Booked children and marks of their roll call, for tests."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.enrolment.attendance.roll_call.commands import marks
from services.enrolment.attendance.roll_call.commands.marks import NewMark, Taken
from services.enrolment.models import Booking, ChildGuardian, Session
from services.enrolment.models.places import BY_FAMILY
from services.enrolment.store import store
from shared.database import Write
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import offer


def a_session(write: Write, **group: Any) -> Session:
    """Add an activity, a group and its sessions; return today's."""
    made = offer.a_group(write, offer.an_activity(write), **group)
    return offer.session_on(write, made, today())


def booked(write: Write, session: Session, child_id: str, **more: Any) -> Booking:
    """Book a session for a child."""
    values: dict[str, Any] = {
        "session_id": session.id,
        "child_id": child_id,
        "household_id": new_id(),
        "state": "booked",
        "changed_by": BY_FAMILY,
        "changed_at": now(),
    }
    booking = Booking(**values | more)
    write.add(booking)
    write.flush()
    return booking


def at_home(write: Write, child_id: str, household_id: str) -> None:
    """Let a child live in a household, with a guardian."""
    write.add(ChildGuardian(child_id=child_id, subject=new_id(), household_id=household_id))
    write.flush()


def a_mark(session: Session, child_id: str, kind: str = "present", **more: Any) -> NewMark:
    """Return a mark as a device makes it."""
    values: dict[str, Any] = {
        "id": new_id(),
        "session_id": session.id,
        "child_id": child_id,
        "kind": kind,
        "made_at": now(),
        "subject": new_id(),
    }
    return NewMark(**values | more)


def arrive(made: Iterable[NewMark], received_at: datetime | None = None, device: str = "") -> Taken:
    """Let marks arrive together."""
    with store.write() as write:
        return marks.record_marks(write, device or new_id(), list(made), received_at or now())
