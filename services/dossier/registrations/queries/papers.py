"""Photographed papers of a draft, sealed with its key."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Draft, DraftPaper, DraftPaperPart
from services.dossier.store import vault
from shared.contracts.dossier.registrations import DraftPaperAnswer, Paper
from shared.contracts.errors import NotFound


def papers_of(session: Session, draft_id: str) -> list[Paper]:
    """Return the whole papers of a draft, in the order in which they came."""
    rows = session.scalars(
        select(DraftPaper)
        .where(DraftPaper.draft_id == draft_id, DraftPaper.size > 0)
        .order_by(DraftPaper.added_at, DraftPaper.id)
    )
    return [
        Paper(id=row.id, kind=row.kind, media_type=row.media_type, size=row.size, parts=row.parts)
        for row in rows
    ]


def part_of(session: Session, draft: Draft, paper_id: str, part: int) -> DraftPaperAnswer:
    """Return one part of a whole paper; raises NotFound."""
    paper = session.get(DraftPaper, paper_id)
    row = session.get(DraftPaperPart, (paper_id, part))
    if paper is None or paper.draft_id != draft.id or not paper.size or row is None:
        raise NotFound
    content = vault.open(draft.id, sealed_place(paper_id, part), row.content)
    return DraftPaperAnswer(paper.media_type, paper.parts, content)


def sealed_place(paper_id: str, part: int) -> str:
    return f"draft_paper.{paper_id}.{part}"
