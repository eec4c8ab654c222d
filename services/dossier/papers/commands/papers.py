"""Keeps papers of children, notes what agents found, asks for the next one in time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from services.dossier.households.queries.contacts_withheld_from_home import home_of_author
from services.dossier.households.queries.guardianships import families_by_child
from services.dossier.models import KeptPaper
from services.dossier.paper_files.commands import erase_paper_files, store_paper_part
from services.dossier.papers.queries.papers import UNDECIDED, papers_of_child
from services.dossier.sections.commands import store_section
from services.dossier.sections.rules.projections import Content, affected_projections
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage
from shared.contracts.dossier.papers import child_papers as contracts
from shared.contracts.dossier.registrations import TooManyPapers
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections import papers as rules
from shared.database import Write
from shared.dates.instant import Instant

LONGEST = timedelta(days=20 * 366)
"""No paper holds longer: a day further on is a slip of the pen."""
UNFINISHED = timedelta(days=1)
"""Time for which the parts of a paper are kept of which the last never came."""


def keep_paper_part(
    write: Write,
    policy: AccessPolicy,
    request: contracts.KeepPaperRequest,
    *,
    by: str,
    when: Instant,
) -> contracts.KeepPaperAnswer:
    """Keep one part; with the last, the paper is the child's, and services learn of it."""
    _refuse_wrong_day(request.kind, request.valid_until, when.day)
    lock_children(write, [request.child_id])
    papers = papers_of_child(write, request.child_id)
    if request.paper_id in {paper["id"] for paper in papers}:
        return contracts.KeepPaperAnswer(whole=True, recipients=[])  # sent a second time
    row = _find_or_make_paper(write, request, when)
    if not store_paper_part(write, row.child_id, row, request.part, request.content):
        return contracts.KeepPaperAnswer(whole=False, recipients=[])
    if request.valid_until:
        row.ask_again_on = request.valid_until - rules.ASKED_BEFORE
    paper = {
        "id": row.id,
        "kind": request.kind,
        "valid_until": request.valid_until.isoformat() if request.valid_until else None,
        "kept_on": when.day.isoformat(),
        "kept_by": by,
        **UNDECIDED,
    }
    messages = _store_papers(write, policy, request.child_id, [*papers, paper], by=by, when=when)
    kinds = (request.kind, rules.KINDS[request.kind].date_only_projection)
    recipients = {each.target.provider for each in messages if each.target.projection in kinds}
    return contracts.KeepPaperAnswer(whole=True, recipients=sorted(recipients))


def drop_paper(
    write: Write, policy: AccessPolicy, request: contracts.OfPaper, *, by: str, when: Instant
) -> None:
    """Take a paper back, with its file; only who kept it may."""
    lock_children(write, [request.child_id])
    papers = papers_of_child(write, request.child_id)
    paper = next((each for each in papers if each["id"] == request.paper_id), None)
    if paper is None:
        return
    if paper["kept_by"] != by:
        raise NotFound(paper_id=request.paper_id)
    left = [each for each in papers if each is not paper]
    _store_papers(write, policy, request.child_id, left, by=by, when=when)
    _erase_files_of_papers(write, KeptPaper.id == paper["id"])


def decide_paper(
    write: Write,
    policy: AccessPolicy,
    paper: Content,
    request: contracts.DecidePaperRequest,
    *,
    office: str,
    kept_child_id: str,
    by: str,
    when: Instant,
) -> None:
    """Note what an agent of an office found on a paper that waits; raises PaperDecided."""
    if not request.accepted and not request.reason:
        raise BadRequest(errors={"reason": ["required"]})
    lock_children(write, [kept_child_id])
    papers = papers_of_child(write, kept_child_id)
    at = next((n for n, each in enumerate(papers) if each["id"] == paper["id"]), None)
    if at is None:
        raise NotFound(paper_id=paper["id"])
    if papers[at]["state"] != rules.WAITING:
        raise contracts.PaperDecided
    papers[at] = papers[at] | {
        "state": rules.ACCEPTED if request.accepted else rules.REFUSED,
        "reason": "" if request.accepted else request.reason,
        "decided_on": when.day.isoformat(),
        "decided_by": office,
    }
    _store_papers(write, policy, kept_child_id, papers, by=by, when=when)


def ask_for_next_paper(write: Write, paper_ids: Sequence[str], when: Instant) -> None:
    """Ask the family once for the paper after these, where none has come meanwhile."""
    rows = select(KeptPaper).where(KeptPaper.id.in_(paper_ids), KeptPaper.asked_at.is_(None))
    for row in write.scalars(rows.order_by(KeptPaper.id).with_for_update()).all():
        row.asked_at = when.moment
        papers = papers_of_child(write, row.child_id)
        paper = next((each for each in papers if each["id"] == row.id), None)
        newest = paper and rules.newest_paper(papers, paper["kind"])
        if paper is None or newest is None or newest["id"] != row.id:
            continue
        if rules.is_paper_usable(paper, when.day):
            _notify_of_expiring_paper(write, row, paper, when)


def forget_unfinished_papers(write: Write, when: Instant) -> None:
    """Let go of papers of which the last part never came."""
    _erase_files_of_papers(
        write, (KeptPaper.size == 0) & (KeptPaper.added_at < when.moment - UNFINISHED)
    )


def erase_paper_files_of_child(write: Write, child_id: str) -> None:
    """Erase every file kept for a child, when what is said of them is erased."""
    _erase_files_of_papers(write, KeptPaper.child_id == child_id)


def _erase_files_of_papers(write: Write, which: Any) -> None:
    erase_paper_files(write, select(KeptPaper.id).where(which))
    write.execute(delete(KeptPaper).where(which))


def _notify_of_expiring_paper(write: Write, row: KeptPaper, paper: Content, when: Instant) -> None:
    """Tell who kept the paper; where that one answers for the child no more, everyone who does."""
    family = families_by_child(write, [row.child_id], when.day)[row.child_id]
    guardians = {each["subject"] for each in family["guardians"]}
    if paper["kept_by"] in guardians:
        guardians = {paper["kept_by"]}
    elif family.get("protected"):
        return  # it could be news of a hidden home (rule R9)
    for subject in sorted(guardians):
        write.publish(
            contracts.paper_expiring,
            contracts.PaperExpiring(
                key=row.id,
                subject=subject,
                child_id=row.child_id,
                last_day=date.fromisoformat(paper["valid_until"]),
                at=when.moment,
            ),
        )


def _refuse_wrong_day(kind: str, valid_until: date | None, day: date) -> None:
    ends = rules.KINDS[kind].ends
    if ends and valid_until is None:
        raise BadRequest(errors={"valid_until": ["required"]})
    if valid_until is not None and not day <= valid_until <= day + LONGEST:
        raise BadRequest(errors={"valid_until": ["not within reach"]})


def _find_or_make_paper(
    write: Write, request: contracts.KeepPaperRequest, when: Instant
) -> KeptPaper:
    row = write.get(KeptPaper, request.paper_id)
    if row is None:
        counted = select(func.count()).select_from(KeptPaper)
        held = write.scalar(counted.where(KeptPaper.child_id == request.child_id)) or 0
        if held >= rules.MOST_KEPT:
            raise TooManyPapers(most=rules.MOST_KEPT)
        row = KeptPaper(
            id=request.paper_id,
            child_id=request.child_id,
            media_type="",
            size=0,
            parts=request.parts,
            added_at=when.moment,
        )
        write.add(row)
        write.flush()
    if row.child_id != request.child_id:
        raise NotFound(paper_id=request.paper_id)
    return row


def _store_papers(
    write: Write,
    policy: AccessPolicy,
    child_id: str,
    papers: Sequence[Content],
    *,
    by: str,
    when: Instant,
) -> list[ProjectionMessage]:
    home = home_of_author(write, child_id, by)
    content = {rules.CODE: list(papers)}
    store_section(write, child_id, rules.CODE, content, by=by, when=when, home=home)
    targets = targets_at_linked_providers(write, [child_id], affected_projections(rules.CODE))
    return publish_changes(write, policy, targets, when)
