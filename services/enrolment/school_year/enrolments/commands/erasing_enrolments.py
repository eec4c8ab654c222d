"""Erasure of enrolments, waivers and requests that are over, once they are kept no longer."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import delete, exists, select

from services.enrolment.models import SchoolEnrolment, SchoolRequest, SchoolWaiver
from services.enrolment.school_year.enrolments.commands.publishing import (
    publish_cards_and_reload_desk,
)
from shared.contracts.enrolment.school_year.enrolments import ASKED
from shared.database import Vault, Write
from shared.dates.clock import midnight

AT_ONCE = 100
"""Most enrolments, most waivers and most requests of one transaction."""


def erase_enrolments_before(write: Write, vault: Vault, first_kept: date, now: datetime) -> int:
    """
    Erase what was over before the first day that is kept, with its keys; return how much went.

    An enrolment is over once its certificate is withdrawn; while one is valid its request and the
    waiver by which it was decided stay with it. What nobody has decided yet stays.
    """
    before = midnight(first_kept)
    return (
        _erase_withdrawn_enrolments(write, vault, before, now)
        + _erase_decided_waivers(write, vault, before, now)
        + _erase_closed_requests(write, vault, before, now)
    )


def _erase_withdrawn_enrolments(write: Write, vault: Vault, before: datetime, now: datetime) -> int:
    over = select(SchoolEnrolment).where(SchoolEnrolment.withdrawn_at < before)
    # One that was replaced refers to the later one, and was withdrawn before it.
    oldest = over.order_by(SchoolEnrolment.withdrawn_at, SchoolEnrolment.id).limit(AT_ONCE)
    rows = write.scalars(oldest.with_for_update()).all()
    return _erase_rows(write, vault, SchoolEnrolment, rows, now)


def _erase_decided_waivers(write: Write, vault: Vault, before: datetime, now: datetime) -> int:
    over = select(SchoolWaiver).where(
        SchoolWaiver.decided_at < before,
        ~exists().where(SchoolEnrolment.request_id == SchoolWaiver.request_id),
    )
    oldest = over.order_by(SchoolWaiver.decided_at, SchoolWaiver.id).limit(AT_ONCE)
    rows = write.scalars(oldest.with_for_update()).all()
    return _erase_rows(write, vault, SchoolWaiver, rows, now)


def _erase_closed_requests(write: Write, vault: Vault, before: datetime, now: datetime) -> int:
    over = select(SchoolRequest).where(
        SchoolRequest.submitted_at < before,
        SchoolRequest.state != ASKED,
        ~exists().where(SchoolEnrolment.request_id == SchoolRequest.id),
        ~exists().where(SchoolWaiver.request_id == SchoolRequest.id),
    )
    oldest = over.order_by(SchoolRequest.submitted_at, SchoolRequest.id).limit(AT_ONCE)
    rows = write.scalars(oldest.with_for_update()).all()
    return _erase_rows(write, vault, SchoolRequest, rows, now)


def _erase_rows(
    write: Write,
    vault: Vault,
    table: type[SchoolEnrolment | SchoolWaiver | SchoolRequest],
    rows: Collection[SchoolEnrolment | SchoolWaiver | SchoolRequest],
    now: datetime,
) -> int:
    """Erase rows with their keys, and let families and desk read what is left."""
    ids = [row.id for row in rows]
    write.execute(delete(table).where(table.id.in_(ids)))
    vault.shred_keys(*ids)
    for child_id in sorted({row.child_id for row in rows}):
        publish_cards_and_reload_desk(write, child_id, now)
    return len(ids)
