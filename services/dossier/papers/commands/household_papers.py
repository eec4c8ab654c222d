"""Keeps papers of a household, notes what an agent found, forgets what is kept no longer."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select, update

from services.dossier.models import Household, HouseholdGuardian, HouseholdPaper, PaperCheck
from services.dossier.paper_files.commands import erase_paper_files, store_paper_part
from services.dossier.paper_files.queries.file_contents import (
    Sealed,
    paper_with_unsealed_content,
    papers_of_household,
    seal_paper_content,
)
from services.dossier.papers.commands.papers import LONGEST, UNFINISHED
from services.dossier.papers.queries.household_papers import find_paper
from shared.contracts.dossier.papers import household_papers as contracts
from shared.contracts.dossier.registrations import TooManyPapers
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import Instant
from shared.runtime.ids import new_id

SEEN_AS = "justificatif de domicile déposé par la famille"
"""The name of the paper in the proof of a check."""


def keep_household_paper(
    write: Write, request: contracts.KeepHouseholdPaperRequest, *, by: str, when: Instant
) -> None:
    """Keep one part of a paper; a part that is sent a second time changes nothing."""
    _lock_home(write, request.household_id)
    if write.get(HouseholdGuardian, (request.household_id, by)) is None:  # left it meanwhile
        raise NotFound(household_id=request.household_id)
    row = write.get(HouseholdPaper, request.paper_id)
    if row is None:
        row = _new_household_paper(write, request, by, when)
    if (
        row.household_id != request.household_id
        or paper_with_unsealed_content(row).said.kept_by != by
    ):
        raise NotFound(paper_id=request.paper_id)
    if not row.size:
        store_paper_part(write, row.household_id, row, request.part, request.content)


def drop_household_paper(write: Write, request: contracts.OfHouseholdPaper, *, by: str) -> None:
    """Take a paper back, with its file; only who kept it may."""
    _lock_home(write, request.household_id)
    row = write.get(HouseholdPaper, request.paper_id)
    if row is None:
        return
    if (
        row.household_id != request.household_id
        or paper_with_unsealed_content(row).said.kept_by != by
    ):
        raise NotFound(paper_id=request.paper_id)
    _erase_household_papers(write, HouseholdPaper.id == row.id)


def decide_household_paper(
    write: Write,
    request: contracts.DecideHouseholdPaperRequest,
    *,
    kinds: Collection[str],
    by: str,
    when: Instant,
) -> None:
    """Note what an agent who checks these kinds found on a paper that waits."""
    if request.accepted == bool(request.reason):
        raise BadRequest(errors={"reason": ["required of a refusal alone"]})
    last = request.valid_until
    if last is not None and not (request.accepted and when.day <= last <= when.day + LONGEST):
        raise BadRequest(errors={"valid_until": ["not within reach"]})
    _lock_home(write, request.household_id)
    paper = find_paper(write, request)
    if paper.said.kind not in kinds:
        raise NotFound(paper_id=request.paper_id)
    if paper.row.decided_at is not None:
        raise contracts.HouseholdPaperDecided
    state = contracts.ACCEPTED if request.accepted else contracts.REFUSED
    said = replace(paper.said, state=state, reason=request.reason, valid_until=last)
    paper.row.content = seal_paper_content(request.household_id, paper.row.id, said)
    paper.row.decided_at = when.moment
    if request.accepted and paper.said.kind == contracts.ADDRESS_PROOF:
        _note_address_proven(write, request.household_id, by, when)


def forget_papers_of_homes(write: Write, household_ids: Collection[str]) -> None:
    """Erase the papers of households in which no child lives any more."""
    for batch in chunks(household_ids):
        _erase_household_papers(write, HouseholdPaper.household_id.in_(batch))


def forget_papers_kept_by(write: Write, household_id: str, guardian_id: str) -> None:
    """Erase what an adult kept who lives in the home no longer: nobody else could take it back."""
    _lock_home(write, household_id)
    papers = papers_of_household(write, household_id)
    kept = [paper.row.id for paper in papers if paper.said.kept_by == guardian_id]
    _erase_household_papers(write, HouseholdPaper.id.in_(kept))


def forget_unfinished_papers(write: Write, when: Instant) -> None:
    """Let go of papers of which the last part never came."""
    begun_before = HouseholdPaper.added_at < when.moment - UNFINISHED
    _erase_household_papers(write, (HouseholdPaper.size == 0) & begun_before)


def _lock_home(write: Write, household_id: str) -> None:
    write.get_one(Household, household_id, with_for_update=True)


def _new_household_paper(
    write: Write, request: contracts.KeepHouseholdPaperRequest, by: str, when: Instant
) -> HouseholdPaper:
    held = select(HouseholdPaper).where(HouseholdPaper.household_id == request.household_id)
    mine = [
        row for row in write.scalars(held) if paper_with_unsealed_content(row).said.kept_by == by
    ]
    if len(mine) >= contracts.MOST_KEPT:
        raise TooManyPapers(most=contracts.MOST_KEPT)
    said = Sealed(request.kind, kept_by=by)
    row = HouseholdPaper(
        id=request.paper_id,
        household_id=request.household_id,
        media_type="",
        size=0,
        parts=request.parts,
        added_at=when.moment,
        content=seal_paper_content(request.household_id, request.paper_id, said),
    )
    write.add(row)
    write.flush()
    return row


def _note_address_proven(write: Write, household_id: str, by: str, when: Instant) -> None:
    """Note the proof as an agent at the counter does: nobody asks for another one."""
    home = update(Household).where(Household.id == household_id)
    write.execute(home.values(domicile_checked_on=when.day))
    write.add(
        PaperCheck(
            id=new_id(),
            kind="domicile",
            subject_id=household_id,
            guardian_id=None,
            paper=SEEN_AS,
            paper_date=None,
            seen_at=when.moment,
            agent=by,
        )
    )


def _erase_household_papers(write: Write, which: Any) -> None:
    erase_paper_files(write, select(HouseholdPaper.id).where(which))
    write.execute(delete(HouseholdPaper).where(which))
