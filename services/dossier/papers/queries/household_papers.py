"""
Papers of a household, opened with its key: for its guardians, and for who checks them at the desk.

A paper is shown to who kept it and to nobody else of the family. The other parent may live in the
same home still, and is to learn neither of a judgment (rule R7) nor of an address to come (R9).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.billing_household import guardians_by_household
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.protection import protected_among, protected_homes_of
from services.dossier.models import HouseholdAddress, HouseholdPaper
from services.dossier.paper_files.queries import (
    OpenedPaper,
    open_paper,
    papers_of_household,
    part_of_paper,
)
from shared.contracts.dossier import household_papers as contracts
from shared.contracts.dossier.papers import PaperPartAnswer
from shared.contracts.errors import NotFound
from shared.dates.clock import PARIS
from shared.dates.instant import Instant

LOOKED_THROUGH = 10 * contracts.MOST_HOMES
"""Papers that are opened at most to find the homes of which some wait."""


def papers_for_guardian(
    session: Session, household_id: str, reader: str, when: Instant
) -> list[contracts.PaperOfHousehold]:
    """Return the papers that one guardian of the household kept there."""
    moved_at = _moved_at(session, household_id)
    return [
        _as_shown(paper, moved_at, when.day)
        for paper in papers_of_household(session, household_id)
        if paper.said.kept_by == reader
    ]


def papers_for_desk(
    session: Session, household_id: str, kinds: Collection[str], when: Instant
) -> list[contracts.PaperOfHousehold]:
    """Return the papers of the kinds that an agent checks."""
    moved_at = _moved_at(session, household_id)
    return [
        _as_shown(paper, moved_at, when.day)
        for paper in papers_of_household(session, household_id)
        if paper.said.kind in kinds
    ]


def part_for_guardian(
    session: Session, request: contracts.HouseholdPaperPartRequest, reader: str
) -> PaperPartAnswer:
    """Return one part of a paper that this guardian kept; raises NotFound."""
    paper = find_paper(session, request)
    if paper.said.kept_by != reader:
        raise NotFound(paper_id=request.paper_id)
    return _part(session, paper, request.part)


def part_for_desk(
    session: Session, request: contracts.HouseholdPaperPartRequest, kinds: Collection[str]
) -> tuple[str, PaperPartAnswer]:
    """Return the kind of a paper that an agent checks, and one part; raises NotFound."""
    paper = find_paper(session, request)
    if paper.said.kind not in kinds:
        raise NotFound(paper_id=request.paper_id)
    return paper.said.kind, _part(session, paper, request.part)


def find_paper(session: Session, request: contracts.OfHouseholdPaper) -> OpenedPaper:
    """Return a whole paper of this household; raises NotFound."""
    row = session.get(HouseholdPaper, request.paper_id)
    if row is None or not row.size or row.household_id != request.household_id:
        raise NotFound(paper_id=request.paper_id)
    return open_paper(row)


def homes_with_waiting_papers(
    session: Session, kinds: Collection[str], day: date, *, protects: bool
) -> list[contracts.HomeWithPapers]:
    """Return the homes of which papers of these kinds wait, those that wait longest first."""
    waiting: dict[str, list[OpenedPaper]] = {}
    for row in _undecided(session):
        paper = open_paper(row)
        if paper.said.kind in kinds:
            waiting.setdefault(row.household_id, []).append(paper)
    seen = (home for home in waiting if protects or not _is_guarded(session, home))
    shown = list(islice(seen, contracts.MOST_HOMES))
    guardians = guardians_by_household(session, shown, day)
    return [
        {
            "household_id": home,
            "names": [each["name"] for each in guardians[home]],
            "kinds": sorted({paper.said.kind for paper in waiting[home]}),
            "since": waiting[home][0].row.added_at.astimezone(PARIS).date(),
        }
        for home in shown
    ]


def _undecided(session: Session) -> Sequence[HouseholdPaper]:
    rows = select(HouseholdPaper).where(
        HouseholdPaper.size > 0, HouseholdPaper.decided_at.is_(None)
    )
    rows = rows.order_by(HouseholdPaper.added_at, HouseholdPaper.id).limit(LOOKED_THROUGH)
    return session.scalars(rows).all()


def _is_guarded(session: Session, household_id: str) -> bool:
    """Say whether a home is protected, or one of its children lives in one that is (rule R9)."""
    children = children_living_in(session, household_id)
    return bool(protected_among(session, [household_id]) or protected_homes_of(session, children))


def _as_shown(
    paper: OpenedPaper, moved_at: datetime | None, day: date
) -> contracts.PaperOfHousehold:
    decided_at = paper.row.decided_at
    return {
        "id": paper.row.id,
        "kind": paper.said.kind,
        "kept_on": paper.row.added_at.astimezone(PARIS).date(),
        "state": _state_on(paper, moved_at, day),
        "reason": paper.said.reason,
        "valid_until": paper.said.valid_until,
        "decided_on": decided_at.astimezone(PARIS).date() if decided_at else None,
    }


def _state_on(paper: OpenedPaper, moved_at: datetime | None, day: date) -> str:
    if paper.said.state == contracts.REFUSED:
        return paper.said.state
    if paper.said.valid_until and paper.said.valid_until < day:
        return contracts.EXPIRED
    if paper.said.kind == contracts.ADDRESS_PROOF and moved_at and paper.row.added_at < moved_at:
        return contracts.FORMER
    return paper.said.state


def _moved_at(session: Session, household_id: str) -> datetime | None:
    """Return when the household last said where it lives."""
    mine = HouseholdAddress.household_id == household_id
    return session.scalar(select(func.max(HouseholdAddress.changed_at)).where(mine))


def _part(session: Session, paper: OpenedPaper, part: int) -> PaperPartAnswer:
    row = paper.row
    content = part_of_paper(session, row.household_id, row.id, part)
    return PaperPartAnswer(row.media_type, row.parts, content)
