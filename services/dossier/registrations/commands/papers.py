"""Stores photographed papers of a draft: checked by their content, sealed with the draft's key."""

import base64
import binascii

from sqlalchemy import delete, func, select

from services.dossier.models import Draft, DraftPaper, DraftPaperPart
from services.dossier.registrations.queries.papers import sealed_place
from services.dossier.registrations.queries.registrations import held_draft, require_open
from services.dossier.store import vault
from shared.contracts.dossier.registrations import (
    MOST_PAPERS,
    OPEN,
    PART_BYTES,
    SENT,
    AddPaperRequest,
    DropPaperRequest,
    NotAPicture,
    TooManyPapers,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import When
from shared.files.photographs import NoPicture, picture
from shared.files.types import joined, parts_of, split


def add_part(write: Write, request: AddPaperRequest, when: When) -> bool:
    """
    Keep one part; with the last one, make the picture of all and keep nothing else of it.

    Return whether it is whole. Raises NotAPicture and TooManyPapers; papers may be added until the
    desk decides.
    """
    draft = held_draft(write, request, lock=True)
    require_open(draft, OPEN, SENT)
    paper = _paper(write, draft, request, when)
    if paper.size:
        return True
    _refuse_garbled(request.content)
    _keep(write, draft, paper.id, request.part, request.content)
    if len(_parts(write, paper.id)) < paper.parts:
        return False
    _make_whole(write, draft, paper)
    return True


def drop(write: Write, request: DropPaperRequest) -> None:
    """Take a paper back; one that is not there is gone already."""
    draft = held_draft(write, request, lock=True)
    require_open(draft, OPEN, SENT)
    paper = write.get(DraftPaper, request.paper_id)
    if paper is not None and paper.draft_id == draft.id:
        write.execute(delete(DraftPaperPart).where(DraftPaperPart.paper_id == paper.id))
        write.delete(paper)


def _paper(write: Write, draft: Draft, request: AddPaperRequest, when: When) -> DraftPaper:
    paper = write.get(DraftPaper, request.paper_id)
    if paper is None:
        counted = select(func.count()).select_from(DraftPaper)
        if (write.scalar(counted.where(DraftPaper.draft_id == draft.id)) or 0) >= MOST_PAPERS:
            raise TooManyPapers(most=MOST_PAPERS)
        paper = DraftPaper(
            id=request.paper_id,
            draft_id=draft.id,
            kind=request.paper,
            parts=request.parts,
            added_at=when.moment,
        )
        write.add(paper)
        write.flush()
    if paper.draft_id != draft.id:
        raise NotFound
    if request.part >= paper.parts:
        raise NotAPicture
    return paper


def _make_whole(write: Write, draft: Draft, paper: DraftPaper) -> None:
    sent = (
        vault.open(draft.id, sealed_place(paper.id, row.part), row.content)
        for row in _parts(write, paper.id)
    )
    try:
        whole = picture(joined(sent))
    except NoPicture:
        raise NotAPicture from None
    write.execute(delete(DraftPaperPart).where(DraftPaperPart.paper_id == paper.id))
    size = len(whole.content)
    for part, content in split(whole.content, PART_BYTES):
        _keep(write, draft, paper.id, part, content)
    paper.media_type, paper.size = whole.media_type, size
    paper.parts = parts_of(size, PART_BYTES)
    write.flush()


def _keep(write: Write, draft: Draft, paper_id: str, part: int, content: str) -> None:
    sealed = vault.seal(draft.id, sealed_place(paper_id, part), content)
    row = {"paper_id": paper_id, "part": part, "content": sealed}
    write.execute(write.upsert(DraftPaperPart).values(row).on_conflict_do_nothing())


def _parts(write: Write, paper_id: str) -> list[DraftPaperPart]:
    rows = select(DraftPaperPart).where(DraftPaperPart.paper_id == paper_id)
    return list(write.scalars(rows.order_by(DraftPaperPart.part)))


def _refuse_garbled(content: str) -> None:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error:
        raise NotAPicture from None
