"""
Keeps what a school service decides of schools and classes: today, or when its day comes.

A decision is a correction of the section `schooling` that no agent of the front desk made: the same
versions, receipts and waiting, with the list of the school in the place of a paper.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import select

from services.dossier.corrections.commands.section_corrections import (
    publish_next_schooling,
    seal_correction_content,
    store_corrected_sections,
    waiting_corrections,
)
from services.dossier.corrections.queries.corrections import unsealed_correction_content
from services.dossier.corrections.rules.dates_and_contents import FARTHEST
from services.dossier.households.queries.ids_of_joined_files import (
    kept_id_by_other_id,
    with_other_files,
)
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.models import Child, Correction, Link, SectionHistory
from services.dossier.sections.queries import (
    contents_of_sections,
    sealed_place_of_section,
    stored_section,
)
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import CHANGE, MISTAKE, SCHOOLING
from shared.contracts.dossier.school_decisions import (
    ANOTHER_WAITS,
    APPLIED,
    CHANGED_SINCE,
    NOT_LINKED,
    NOT_THAT_DAY,
    REVERTED,
    SAME,
    UNKNOWN,
    WAITS,
    WITHDRAWN,
    DecisionMade,
    DecisionUndone,
    RenameSchoolRequest,
    SchoolingDecision,
    SchoolOfChildRenamed,
)
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from shared.text import folded

SCHOOL_LIST = "school_list"
"""The paper of every decision."""


def decide_schooling(
    write: Write,
    policy: AccessPolicy,
    provider: str,
    decisions: Collection[SchoolingDecision],
    *,
    by: str,
    when: Instant,
) -> list[DecisionMade]:
    """Keep a provider's decisions and publish those that hold today; return what became of each."""
    known = _decisions_of(write, provider, [each["decision_id"] for each in decisions])
    kept = kept_id_by_other_id(write, {each["child_id"] for each in decisions})
    decisions = [
        {**each, "child_id": kept.get(each["child_id"], each["child_id"])} for each in decisions
    ]
    outcomes = {key: _outcome_of_repeated_decision(row) for key, row in known.items()}
    new = [each for each in decisions if each["decision_id"] not in known]
    children = _children_of_provider(write, provider, {each["child_id"] for each in new})
    lock_children(write, children)
    stored = contents_of_sections(write, children, [SCHOOLING])
    waiting = waiting_corrections(write, children, SCHOOLING)
    applied: dict[str, Correction] = {}
    contents: dict[str, Content] = {}
    announced: set[str] = set()
    vault.prepare_keys(children)
    for each in new:
        child, content = children.get(each["child_id"]), _schooling_of_decision(each)
        before = waiting.get(each["child_id"])
        outcome = _outcome_of_new_decision(each, child, before, provider, when)
        if outcome == WAITS:
            _withdraw_replaced_correction(write, before, by, when)
            waiting[each["child_id"]] = row = _make_deciding_correction(each, provider, by, when)
            seal_correction_content(row, content)
            write.add(row)
            write.flush()
            announced.add(row.child_id)
        elif outcome == APPLIED and each["child_id"] in applied:
            outcome = ANOTHER_WAITS  # the second of one child in one request
        elif outcome == APPLIED and stored[each["child_id"]].get(SCHOOLING, {}) == content:
            outcome = SAME
        elif outcome == APPLIED:
            applied[each["child_id"]] = row = _make_deciding_correction(each, provider, by, when)
            contents[row.id] = content
        outcomes[each["decision_id"]] = outcome
    store_corrected_sections(write, policy, list(applied.values()), contents, when)
    publish_next_schooling(write, policy, announced, when)
    return [DecisionMade(decision_id=key, outcome=outcome) for key, outcome in outcomes.items()]


def rename_school(
    write: Write,
    policy: AccessPolicy,
    provider: str,
    request: RenameSchoolRequest,
    *,
    when: Instant,
) -> list[SchoolOfChildRenamed]:
    """
    Give the school of a provider's children its present name, in what holds and in what waits.

    Level and class are left as they are; what stood before stays in the section's history.
    """
    kept = kept_id_by_other_id(write, request.child_ids)
    ids = {child_id: kept.get(child_id, child_id) for child_id in request.child_ids}
    children = _children_of_provider(write, provider, set(ids.values()))
    lock_children(write, children)
    former = {folded(name) for name in request.former_names}
    vault.prepare_keys(children)
    renamed_in_waiting = _rename_in_waiting_corrections(write, children, former, request.name)
    rows: dict[str, Correction] = {}
    contents: dict[str, Content] = {}
    for child_id, stored in contents_of_sections(write, children, [SCHOOLING]).items():
        content = stored.get(SCHOOLING, {})
        if _is_called(content, former, request.name):
            rows[child_id] = row = _correction_by_school_list(
                new_id(), child_id, provider, by=request.decided_by, when=when
            )
            contents[row.id] = {**content, "school": request.name}
    store_corrected_sections(write, policy, list(rows.values()), contents, when)
    publish_next_schooling(write, policy, renamed_in_waiting - rows.keys(), when)
    changed = renamed_in_waiting | rows.keys()
    return [
        SchoolOfChildRenamed(
            child_id=child_id,
            outcome=NOT_LINKED if own not in children else APPLIED if own in changed else SAME,
        )
        for child_id, own in ids.items()
    ]


def undo_schooling(
    write: Write,
    policy: AccessPolicy,
    provider: str,
    decision_ids: Collection[str],
    *,
    by: str,
    when: Instant,
) -> list[DecisionUndone]:
    """Take a provider's decisions back, before their day or after; return what became of each."""
    known = _decisions_of(write, provider, decision_ids)
    lock_children(write, {row.child_id for row in known.values()})
    undone = _decisions_of(write, provider, [_id_of_undoing(each) for each in known])
    outcomes: list[DecisionUndone] = []
    again: list[Correction] = []
    withdrawn: set[str] = set()
    contents: dict[str, Content] = {}
    for decision_id in decision_ids:
        row = known.get(decision_id)
        outcome = _outcome_of_undoing(write, row, undone)
        if row is not None and outcome == WITHDRAWN and row.withdrawn_at is None:
            _withdraw_waiting_correction(row, by, when)
            withdrawn.add(row.child_id)
        elif row is not None and outcome == REVERTED and _id_of_undoing(row.id) not in undone:
            key = _id_of_undoing(row.id)  # asked for again, it is the same row
            back = _correction_by_school_list(
                key, row.child_id, row.decided_by, by=by, when=when, reason=MISTAKE
            )
            contents[back.id] = _schooling_before_decision(write, row)
            again.append(back)
        outcomes.append(DecisionUndone(decision_id=decision_id, outcome=outcome))
    store_corrected_sections(write, policy, again, contents, when)
    publish_next_schooling(write, policy, withdrawn, when)
    return outcomes


def _decisions_of(
    write: Write, provider: str, decision_ids: Collection[str]
) -> dict[str, Correction]:
    rows = select(Correction).where(
        Correction.id.in_(decision_ids), Correction.decided_by == provider
    )
    return {row.id: row for row in write.scalars(rows.order_by(Correction.id).with_for_update())}


def _children_of_provider(
    write: Write, provider: str, child_ids: Collection[str]
) -> dict[str, Child]:
    """Return those of these children who are linked to the provider and whose file is not held."""
    linked = set(
        write.scalars(
            select(Link.child_id).where(
                Link.child_id.in_(with_other_files(write, child_ids)),
                Link.provider == provider,
                Link.closed_at.is_(None),
            )
        )
    )
    linked |= set(
        kept_id_by_other_id(write, linked).values()
    )  # it may have the child under another id
    named = select(Child).where(
        Child.id.in_(linked & set(child_ids)), Child.first_name.is_not(None), ~held_file_condition()
    )
    return {child.id: child for child in write.scalars(named)}


def _outcome_of_new_decision(
    decision: SchoolingDecision,
    child: Child | None,
    waiting: Correction | None,
    provider: str,
    when: Instant,
) -> str:
    """
    Return what becomes of a decision.

    One that holds today leaves what waits for a later day as it is: a new class in June does not
    stop September.
    """
    if child is None or child.birth_date is None:
        return NOT_LINKED
    if not child.birth_date <= decision["holds_from"] <= when.day + FARTHEST:
        return NOT_THAT_DAY
    if decision["holds_from"] <= when.day:
        return APPLIED
    if waiting is not None and waiting.decided_by != provider:
        return ANOTHER_WAITS
    return WAITS


def _make_deciding_correction(
    decision: SchoolingDecision, provider: str, by: str, when: Instant
) -> Correction:
    key, child_id, day = decision["decision_id"], decision["child_id"], decision["holds_from"]
    return _correction_by_school_list(key, child_id, provider, by=by, when=when, holds_from=day)


def _correction_by_school_list(
    correction_id: str,
    child_id: str,
    provider: str | None,
    *,
    by: str,
    when: Instant,
    holds_from: date | None = None,
    reason: str = CHANGE,
) -> Correction:
    """Return the row of what a provider decides of a child: it holds from today, unless given."""
    return Correction(
        id=correction_id,
        act_id=correction_id,
        child_id=child_id,
        subject=SCHOOLING,
        paper=SCHOOL_LIST,
        paper_date=when.day,
        reason=reason,
        holds_from=holds_from or when.day,
        decided_by=provider,
        recorded_by=by,
        recorded_at=when.moment,
    )


def _rename_in_waiting_corrections(
    write: Write, child_ids: Collection[str], former: Collection[str], name: str
) -> set[str]:
    """Let what waits for its day name the school as it is called now; return of which children."""
    renamed: set[str] = set()
    for child_id, row in waiting_corrections(write, child_ids, SCHOOLING).items():
        content = unsealed_correction_content(row)
        if _is_called(content, former, name):
            seal_correction_content(row, {**content, "school": name})
            renamed.add(child_id)
    return renamed


def _is_called(content: Content, former: Collection[str], name: str) -> bool:
    """Return whether a school is written by one of these names, and not by its present one."""
    written = content.get("school", "")
    return written != name and folded(written) in former


def _schooling_of_decision(decision: SchoolingDecision) -> Content:
    return {
        "school": decision["school"],
        "grade": decision["grade"],
        "class_name": decision["class_name"],
    }


def _schooling_before_decision(write: Write, row: Correction) -> Content:
    """Return what stood before a decision; nothing where nothing did, or its retention is over."""
    kept = write.get(SectionHistory, (row.child_id, SCHOOLING, (row.version or 0) - 1))
    if kept is None:
        return {}
    place = sealed_place_of_section(SCHOOLING, kept.version)
    return dict(vault.open(row.child_id, place, kept.content))


def _withdraw_replaced_correction(
    write: Write, row: Correction | None, by: str, when: Instant
) -> None:
    if row is not None:
        _withdraw_waiting_correction(row, by, when)
        write.flush()  # before the one that takes its place: one of a child waits


def _withdraw_waiting_correction(row: Correction, by: str, when: Instant) -> None:
    row.withdrawn_at, row.withdrawn_by, row.content = when.moment, by, None


def _outcome_of_repeated_decision(row: Correction) -> str:
    """Return the outcome of a decision that came again."""
    return APPLIED if row.applied_at else WAITS


def _outcome_of_undoing(write: Write, row: Correction | None, undone: Collection[str]) -> str:
    if row is None:
        return UNKNOWN
    if row.applied_at is None:
        return WITHDRAWN
    if _id_of_undoing(row.id) in undone:
        return REVERTED
    stored = stored_section(write, row.child_id, SCHOOLING)
    return REVERTED if stored is not None and stored.version == row.version else CHANGED_SINCE


def _id_of_undoing(decision_id: str) -> str:
    return str(uuid5(UUID(decision_id), "undone"))
