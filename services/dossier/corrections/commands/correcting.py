"""
Corrects a section of a child as an agent has seen it on a paper: today, or when its day comes.

The correction is a version like any other: providers receive it, the portal's cards and billing's
household follow, and what was written before stays in the section's history.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from services.dossier.corrections.rules import (
    check_changed,
    check_dates,
    sealed_place_of_waiting,
)
from services.dossier.households.commands.billing_household import publish_households
from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.models import Child, Correction, CorrectionDelivery
from services.dossier.sections.commands import keep_section, refuse_outdated
from services.dossier.sections.queries import content_of, named_child
from services.dossier.sections.rules.projections import Content, affected_projections
from services.dossier.sharing.cards.commands import publish_cards_of_children
from services.dossier.sharing.publishing.commands.publisher import (
    lock_children,
    publish_changes,
    targets_of,
)
from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import (
    IDENTITY,
    SCHOOLING,
    AnotherWaits,
    CorrectIdentityRequest,
    CorrectionOf,
    CorrectSchoolingRequest,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


def correct_identity(
    write: Write, policy: AccessPolicy, request: CorrectIdentityRequest, *, by: str, when: Instant
) -> str:
    """Correct name and birth date; return the correction's id. Raises as the contract says."""
    content = {
        "first_name": request.first_name,
        "last_name": request.last_name,
        "birth_date": request.birth_date.isoformat(),
    }
    lock_named_child(write, request.child_id)
    check_dates(request, request.birth_date, when.day)
    return _correct_section(write, policy, request, IDENTITY, content, by=by, when=when)


def correct_schooling(
    write: Write, policy: AccessPolicy, request: CorrectSchoolingRequest, *, by: str, when: Instant
) -> str:
    """Correct school and class; return the correction's id. Raises as the contract says."""
    content = {
        "school": request.school,
        "grade": request.grade,
        "class_name": request.class_name,
    }
    child = lock_named_child(write, request.child_id)
    check_dates(request, born(child), when.day)
    return _correct_section(write, policy, request, SCHOOLING, content, by=by, when=when)


def withdraw_correction(write: Write, correction_id: str, *, by: str, when: Instant) -> None:
    """Take a correction back whose day has not come; raises NotFound, also once it is done."""
    row = write.get(Correction, correction_id, with_for_update=True)
    if row is None or row.applied_at or row.withdrawn_at:
        raise NotFound(correction_id=correction_id)
    row.withdrawn_at, row.withdrawn_by, row.content = when.moment, by, None


def lock_named_child(write: Write, child_id: str) -> Child:
    """Hold a child until the commit; raises NotFound for none, and for one without a name."""
    lock_children(write, [child_id])
    return named_child(write, child_id)


def born(child: Child) -> date:
    """Return the birth date of a child that has a name."""
    assert child.birth_date is not None
    return child.birth_date


def publish_correction(
    write: Write,
    policy: AccessPolicy,
    row: Correction,
    projections: Collection[str],
    when: Instant,
    *,
    quiet: bool = False,
) -> None:
    """Publish these projections of a corrected child to all, and note for the receipts to whom."""
    targets = targets_of(write, [row.child_id], projections)
    messages = publish_changes(write, policy, targets, when, quiet=quiet)
    write.flush()
    write.add_all(
        CorrectionDelivery(
            correction_id=row.id,
            provider=message.target.provider,
            projection=message.target.projection,
            version=message.version,
        )
        for message in messages
    )
    publish_households(write, homes_of_child(write, row.child_id), when)
    publish_cards_of_children(write, policy, [row.child_id], when)


def new_correction(
    request: CorrectionOf, subject: str, *, by: str, when: Instant, guardian_id: str | None = None
) -> Correction:
    """Return the row of a correction, not yet applied."""
    return Correction(
        id=new_id(),
        child_id=request.child_id,
        subject=subject,
        guardian_id=guardian_id,
        paper=request.paper,
        paper_date=request.paper_date,
        reason=request.reason,
        holds_from=request.holds_from,
        recorded_by=by,
        recorded_at=when.moment,
    )


def _correct_section(
    write: Write,
    policy: AccessPolicy,
    request: CorrectIdentityRequest | CorrectSchoolingRequest,
    section: str,
    content: Content,
    *,
    by: str,
    when: Instant,
) -> str:
    # what stands so already is said first: a form that is sent twice is not outdated
    check_changed(content_of(write, request.child_id, section), content)
    refuse_outdated(write, request.child_id, section, request.base_version)
    refuse_second(write, request.child_id, section)
    row = new_correction(request, section, by=by, when=when)
    if request.holds_from > when.day:
        vault.prepare([row.child_id])
        row.content = vault.seal(row.child_id, sealed_place_of_waiting(row.id), content)
        write.add(row)
    else:
        apply_section(write, policy, row, content, when)
    write.flush()
    return row.id


def apply_section(
    write: Write, policy: AccessPolicy, row: Correction, content: Content, when: Instant
) -> None:
    """Store what a correction says of a section, and publish it."""
    row.version = keep_section(
        write, row.child_id, row.subject, content, by=row.recorded_by, when=when
    )
    row.content, row.applied_at = None, when.moment
    write.add(row)
    publish_correction(write, policy, row, affected_projections(row.subject), when)


def refuse_second(write: Write, child_id: str, subject: str) -> None:
    """Raise AnotherWaits where a correction of the same waits for its day."""
    waiting = select(Correction.id).where(
        Correction.child_id == child_id,
        Correction.subject == subject,
        Correction.applied_at.is_(None),
        Correction.withdrawn_at.is_(None),
    )
    if (correction_id := write.scalar(waiting)) is not None:
        raise AnotherWaits(correction_id=correction_id)
