"""
Papers of a household, opened with its key: for its guardians, and for who checks them at the desk.

A paper is shown to who kept it and to nobody else of the family. The other parent may live in the
same home still, and is to learn neither of a judgment (rule R7) nor of an address to come (R9).
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.addresses import address_said_at
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.households.queries.protection import (
    protected_homes_of,
    protected_households_among,
)
from services.dossier.models import ChildHousehold, HouseholdPaper
from services.dossier.paper_files.queries.file_contents import (
    OpenedPaper,
    paper_with_unsealed_content,
    papers_of_household,
    part_of_paper,
)
from services.dossier.store import vault
from shared.contracts.dossier.papers import household_papers as contracts
from shared.contracts.dossier.papers.child_papers import PaperPartAnswer
from shared.contracts.errors import NotFound
from shared.dates.clock import PARIS
from shared.dates.instant import Instant

AT_ONCE, LOOKED_THROUGH = 200, 6_000
"""Papers that are opened together, and at most: the kind of a paper is in it alone."""


def papers_for_guardian(
    session: Session, household_id: str, reader: str, when: Instant
) -> list[contracts.PaperOfHousehold]:
    """Return the papers that one guardian of the household kept there."""
    papers = papers_of_household(session, household_id)
    return _papers_for_answer(
        session, household_id, [p for p in papers if p.said.kept_by == reader], when
    )


def papers_for_desk(
    session: Session, household_id: str, kinds: Collection[str], when: Instant
) -> list[contracts.PaperOfHousehold]:
    """Return the papers of the kinds that an agent checks."""
    papers = papers_of_household(session, household_id)
    return _papers_for_answer(
        session, household_id, [p for p in papers if p.said.kind in kinds], when
    )


def paper_part_for_guardian(
    session: Session, request: contracts.HouseholdPaperPartRequest, reader: str
) -> PaperPartAnswer:
    """Return one part of a paper that this guardian kept; raises NotFound."""
    paper = find_paper(session, request)
    if paper.said.kept_by != reader:
        raise NotFound(paper_id=request.paper_id)
    return _paper_part_for_answer(session, paper, request.part)


def paper_part_for_desk(
    session: Session, request: contracts.HouseholdPaperPartRequest, kinds: Collection[str]
) -> tuple[str, PaperPartAnswer]:
    """Return the kind of a paper that an agent checks, and one part; raises NotFound."""
    paper = find_paper(session, request)
    if paper.said.kind not in kinds:
        raise NotFound(paper_id=request.paper_id)
    return paper.said.kind, _paper_part_for_answer(session, paper, request.part)


def find_paper(session: Session, request: contracts.OfHouseholdPaper) -> OpenedPaper:
    """Return a whole paper of this household; raises NotFound."""
    row = session.get(HouseholdPaper, request.paper_id)
    if row is None or not row.size or row.household_id != request.household_id:
        raise NotFound(paper_id=request.paper_id)
    return paper_with_unsealed_content(row)


def homes_with_waiting_papers(
    session: Session, kinds: Collection[str], day: date, *, protects: bool
) -> list[contracts.HomeWithPapers]:
    """Return the homes of which papers of these kinds wait, those that wait longest first."""
    waiting: dict[str, list[OpenedPaper]] = {}
    for some in _undecided_papers(session):
        papers = [paper for paper in some if paper.said.kind in kinds]
        homes = {paper.row.household_id for paper in papers} - waiting.keys()
        hidden = set() if protects else _guarded_among(session, homes)
        for paper in papers:
            if paper.row.household_id not in hidden:
                waiting.setdefault(paper.row.household_id, []).append(paper)
        if len(waiting) >= contracts.MOST_HOMES:
            break
    shown = list(waiting)[: contracts.MOST_HOMES]
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


def _undecided_papers(session: Session) -> Iterator[list[OpenedPaper]]:
    """Yield the papers at which nobody has looked, some at a time, the oldest first."""
    rows = select(HouseholdPaper).where(
        HouseholdPaper.size > 0, HouseholdPaper.decided_at.is_(None)
    )
    in_order = rows.order_by(HouseholdPaper.added_at, HouseholdPaper.id).limit(AT_ONCE)
    for start in range(0, LOOKED_THROUGH, AT_ONCE):
        some = session.scalars(in_order.offset(start)).all()
        vault.prepare_keys({row.household_id for row in some})
        yield [paper_with_unsealed_content(row) for row in some]
        if len(some) < AT_ONCE:
            return


def _guarded_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return which homes are protected, or have a child who lives in one that is (rule R9)."""
    lives = ChildHousehold.household_id.in_(household_ids)
    columns = ChildHousehold.household_id, ChildHousehold.child_id
    living = session.execute(select(*columns).where(lives)).all()
    beside = protected_homes_of(session, {child_id for _home, child_id in living})
    guarded = {household_id for household_id, child_id in living if child_id in beside}
    return guarded | protected_households_among(session, household_ids)


def _paper_for_answer(
    paper: OpenedPaper, moved_at: datetime | None, day: date
) -> contracts.PaperOfHousehold:
    decided_at = paper.row.decided_at
    return {
        "id": paper.row.id,
        "kind": paper.said.kind,
        "kept_on": paper.row.added_at.astimezone(PARIS).date(),
        "state": _state_of_paper_on(paper, moved_at, day),
        "reason": paper.said.reason,
        "valid_until": paper.said.valid_until,
        "decided_on": decided_at.astimezone(PARIS).date() if decided_at else None,
    }


def _state_of_paper_on(paper: OpenedPaper, moved_at: datetime | None, day: date) -> str:
    if paper.said.state == contracts.REFUSED:
        return paper.said.state
    if paper.said.valid_until and paper.said.valid_until < day:
        return contracts.EXPIRED
    of_address = paper.said.kind == contracts.ADDRESS_PROOF
    looked_at = paper.row.decided_at or paper.row.added_at  # an agent saw it beside the address
    if of_address and moved_at and looked_at < moved_at:
        return contracts.FORMER
    return paper.said.state


def _papers_for_answer(
    session: Session, household_id: str, papers: Sequence[OpenedPaper], when: Instant
) -> list[contracts.PaperOfHousehold]:
    moved_at = address_said_at(session, household_id, when.day)
    return [_paper_for_answer(paper, moved_at, when.day) for paper in papers]


def _paper_part_for_answer(session: Session, paper: OpenedPaper, part: int) -> PaperPartAnswer:
    row = paper.row
    content = part_of_paper(session, row.household_id, row.id, part)
    return PaperPartAnswer(row.media_type, row.parts, content)
