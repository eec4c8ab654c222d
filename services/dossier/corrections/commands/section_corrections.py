"""
Corrects a section of a child as an agent has seen it on a paper: today, or when its day comes.

The correction is a version like any other: providers receive it, the portal's cards and billing's
household follow, and what was written before stays in the section's history.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import select

from services.dossier.corrections.rules.dates_and_contents import (
    check_correction_dates,
    refuse_unchanged_correction,
)
from services.dossier.households.commands.households_for_billing import publish_households
from services.dossier.households.queries.households_for_billing import homes_of_children
from services.dossier.households.queries.ids_of_joined_files import others_by_kept
from services.dossier.models import Child, Correction, CorrectionDelivery
from services.dossier.sections.commands import refuse_outdated_version, store_section
from services.dossier.sections.queries import (
    content_of_section,
    require_named_child,
    sealed_place_of_waiting,
)
from services.dossier.sections.rules.projections import Content, affected_projections
from services.dossier.sharing.guardian_cards.commands import publish_cards_of_children
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import (
    IDENTITY,
    OF_GUARDIANS,
    SCHOOLING,
    AnotherWaits,
    CorrectIdentityRequest,
    CorrectSchoolingRequest,
    FromPaper,
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
    check_correction_dates(request, request.birth_date, when.day)
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
    check_correction_dates(request, birth_date_of(child), when.day)
    return _correct_section(write, policy, request, SCHOOLING, content, by=by, when=when)


def seal_correction_content(row: Correction, content: Content) -> None:
    """Seal in the row of a correction what it says, with the child's key."""
    row.content = vault.seal(row.child_id, sealed_place_of_waiting(row.id), content)


def withdraw_correction(
    write: Write, policy: AccessPolicy, correction_id: str, *, by: str, when: Instant
) -> None:
    """
    Take a correction back whose day has not come, with all of its act.

    Raises NotFound, also once it is done.
    """
    row = write.get(Correction, correction_id)
    if row is not None and row.subject == SCHOOLING:
        lock_children(write, [row.child_id])  # it is published: children are locked before
    row = write.get(Correction, correction_id, with_for_update=True)
    if row is None or row.applied_at or row.withdrawn_at:
        raise NotFound(correction_id=correction_id)
    for each in corrections_of_act(write, row.act_id):
        each.withdrawn_at, each.withdrawn_by = when.moment, by
        if each.subject not in OF_GUARDIANS:
            each.content = None
    if row.subject == SCHOOLING:
        publish_next_schooling(write, policy, [row.child_id], when)


def publish_next_schooling(
    write: Write, policy: AccessPolicy, child_ids: Collection[str], when: Instant
) -> None:
    """
    Publish of these children that another school waits for its day, or no longer does.

    Only who may know the school learns it. The receipt is that of the day itself.
    """
    write.flush()
    projections = affected_projections(SCHOOLING)
    publish_changes(write, policy, targets_at_linked_providers(write, child_ids, projections), when)


def corrections_of_act(write: Write, act_id: str) -> Sequence[Correction]:
    """Return the corrections of one act at the desk, locked in order of their children."""
    rows = select(Correction).where(Correction.act_id == act_id).order_by(Correction.child_id)
    return write.scalars(rows.with_for_update()).all()


def lock_named_child(write: Write, child_id: str) -> Child:
    """Hold a child until the commit; raises NotFound for none, and for one without a name."""
    lock_children(write, [child_id])
    return require_named_child(write, child_id)


def birth_date_of(child: Child) -> date:
    """Return the birth date of a child that has a name."""
    assert child.birth_date is not None
    return child.birth_date


def store_corrected_sections(
    write: Write,
    policy: AccessPolicy,
    rows: Sequence[Correction],
    contents: Mapping[str, Content],
    when: Instant,
) -> None:
    """Store the content of each as its section's next version, and publish all of them together."""
    by_subject: dict[str, list[Correction]] = defaultdict(list)
    for row in rows:
        row.version = store_section(
            write, row.child_id, row.subject, contents[row.id], by=row.recorded_by, when=when
        )
        row.content, row.applied_at = None, when.moment
        write.add(row)
        by_subject[row.subject].append(row)
    for subject, corrected in by_subject.items():
        publish_corrected_children(write, policy, corrected, affected_projections(subject), when)


def publish_corrected_children(
    write: Write,
    policy: AccessPolicy,
    rows: Sequence[Correction],
    projections: Collection[str],
    when: Instant,
    *,
    quiet: bool = False,
    homes: Collection[str] = (),
) -> None:
    """
    Publish these projections of corrected children to all, and note for the receipts to whom.

    One correction of a child at most: a receipt is that of the version in which it left. `homes`
    are households that changed, beside those in which the children live now.
    """
    of_child = {row.child_id: row for row in rows}
    corrections = dict(of_child)
    for child_id, others in others_by_kept(write, of_child).items():
        corrections |= {other: of_child[child_id] for other in others}
    messages = publish_changes(
        write, policy, targets_at_linked_providers(write, of_child, projections), when, quiet=quiet
    )
    write.flush()
    write.add_all(
        CorrectionDelivery(
            correction_id=corrections[message.target.child_id].id,
            child_id=message.target.child_id,
            provider=message.target.provider,
            projection=message.target.projection,
            version=message.version,
        )
        for message in messages
    )
    publish_households(write, sorted({*homes, *homes_of_children(write, of_child)}), when)
    publish_cards_of_children(write, policy, of_child, when)


def new_correction(
    request: FromPaper,
    child_id: str,
    subject: str,
    *,
    by: str,
    when: Instant,
    guardian_id: str | None = None,
) -> Correction:
    """Return the row of a correction of one child, an act of its own and not yet applied."""
    correction_id = new_id()
    return Correction(
        id=correction_id,
        act_id=correction_id,
        child_id=child_id,
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
    # what is so already is said first: a form that is sent twice is not outdated
    refuse_unchanged_correction(content_of_section(write, request.child_id, section), content)
    refuse_outdated_version(write, request.child_id, section, request.base_version)
    refuse_second_waiting(write, [request.child_id], section)
    row = new_correction(request, request.child_id, section, by=by, when=when)
    if request.holds_from > when.day:
        vault.prepare_keys([row.child_id])
        seal_correction_content(row, content)
        write.add(row)
        if section == SCHOOLING:
            publish_next_schooling(write, policy, [row.child_id], when)
    else:
        store_corrected_sections(write, policy, [row], {row.id: content}, when)
    write.flush()
    return row.id


def refuse_second_waiting(
    write: Write, child_ids: Collection[str], subject: str, guardian_id: str | None = None
) -> None:
    """Raise AnotherWaits where a correction of the same waits for its day."""
    waiting = waiting_corrections(write, child_ids, subject, guardian_id)
    if waiting:
        raise AnotherWaits(correction_id=next(iter(waiting.values())).id)


def waiting_corrections(
    write: Write, child_ids: Collection[str], subject: str, guardian_id: str | None = None
) -> dict[str, Correction]:
    """
    Return by child the correction of a subject that waits for its day, locked.

    Of what changes of adults, the one of this guardian.
    """
    waiting = select(Correction).where(
        Correction.child_id.in_(child_ids),
        Correction.subject == subject,
        Correction.guardian_id == guardian_id,
        Correction.applied_at.is_(None),
        Correction.withdrawn_at.is_(None),
    )
    return {row.child_id: row for row in write.scalars(waiting.with_for_update())}
