"""Photographed papers of a registration, sealed with its key."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Registration, RegistrationPaper
from services.dossier.paper_files.queries.file_contents import part_of_paper
from shared.contracts.dossier.registration_decisions import RegistrationPaperAnswer
from shared.contracts.dossier.registrations import Paper
from shared.contracts.errors import NotFound


def papers_of_registration(session: Session, registration_id: str) -> list[Paper]:
    """Return the whole papers of a registration, in the order in which they came."""
    rows = session.scalars(
        select(RegistrationPaper)
        .where(RegistrationPaper.registration_id == registration_id, RegistrationPaper.size > 0)
        .order_by(RegistrationPaper.added_at, RegistrationPaper.id)
    )
    return [
        Paper(id=row.id, kind=row.kind, media_type=row.media_type, size=row.size, parts=row.parts)
        for row in rows
    ]


def part_of_registration_paper(
    session: Session, registration: Registration, paper_id: str, part: int
) -> RegistrationPaperAnswer:
    """Return one part of a whole paper; raises NotFound."""
    paper = session.get(RegistrationPaper, paper_id)
    if paper is None or paper.registration_id != registration.id or not paper.size:
        raise NotFound
    content = part_of_paper(session, registration.id, paper_id, part)
    return RegistrationPaperAnswer(paper.media_type, paper.parts, content)
