"""
Erasure of what children did on days that are kept no longer; the sums of each session stay.

Nobody is told: billing keeps the quantities of its bills, and the dossier the counts of a month, as
long as their own retention says.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import delete, select, update

from services.enrolment.models import (
    AgentAct,
    Booking,
    ClosedBooking,
    FoodAnnounced,
    ImportedSheet,
    ListRead,
    Mark,
    Session,
    UnknownChild,
)
from shared.database import Vault, Write

AT_ONCE = 50
"""Most sessions, and most imported days, of one transaction."""


def erase_days_before(write: Write, vault: Vault, first_kept: date, today: date) -> int:
    """Erase days before the first that is kept; return how many sessions and imported days."""
    due = select(Session.id).where(Session.day < first_kept, Session.erased_on.is_(None))
    oldest = due.order_by(Session.day, Session.id).limit(AT_ONCE).with_for_update()
    session_ids = write.scalars(oldest).all()
    unknown = select(UnknownChild.id).where(UnknownChild.session_id.in_(session_ids))
    vault.shred_keys(*write.scalars(unknown))
    _erase_sessions(write, session_ids, today)
    return len(session_ids) + _erase_imported_days(write, first_kept, today)


def _erase_sessions(write: Write, session_ids: Collection[str], today: date) -> None:
    """Say first that they are erased: marks and acts of any other session cannot be deleted."""
    write.execute(update(Session).where(Session.id.in_(session_ids)).values(erased_on=today))
    for table in (Mark, AgentAct, Booking, ClosedBooking, UnknownChild, ListRead):
        write.execute(delete(table).where(table.session_id.in_(session_ids)))
    nobody = update(FoodAnnounced).where(FoodAnnounced.session_id.in_(session_ids))
    write.execute(nobody.values(published=[]))


def _erase_imported_days(write: Write, first_kept: date, today: date) -> int:
    due = select(ImportedSheet.session_id).where(
        ImportedSheet.day < first_kept, ImportedSheet.erased_on.is_(None)
    )
    oldest = due.order_by(ImportedSheet.day, ImportedSheet.session_id).limit(AT_ONCE)
    session_ids = write.scalars(oldest.with_for_update()).all()
    erased = update(ImportedSheet).where(ImportedSheet.session_id.in_(session_ids))
    write.execute(erased.values(lines=[], erased_on=today))
    return len(session_ids)
