"""Stores papers of a registration, sealed with its key; they come made anew, as JPEG or PDF."""

from sqlalchemy import func, select

from services.dossier.models import Registration, RegistrationPaper
from services.dossier.paper_files.commands import erase_paper_files, store_paper_part
from services.dossier.registrations.queries.registration_by_reference import (
    registration_by_key,
    require_open_registration,
)
from shared.contracts.dossier.registrations import (
    MOST_PAPERS,
    OPEN,
    SENT,
    AddPaperRequest,
    DropPaperRequest,
    TooManyPapers,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant


def add_paper_part(write: Write, request: AddPaperRequest, when: Instant) -> bool:
    """
    Keep one part; with the last one, check what the whole is.

    Return whether it is whole. Raises UnreadablePaper and TooManyPapers; papers may be added
    until the desk decides.
    """
    registration = registration_by_key(write, request, lock=True)
    require_open_registration(registration, OPEN, SENT)
    paper = _find_or_make_paper(write, registration, request, when)
    if paper.size:
        return True
    return store_paper_part(write, registration.id, paper, request.part, request.content)


def drop_paper(write: Write, request: DropPaperRequest) -> None:
    """Take a paper back; one that is not there is gone already."""
    registration = registration_by_key(write, request, lock=True)
    require_open_registration(registration, OPEN, SENT)
    paper = write.get(RegistrationPaper, request.paper_id)
    if paper is not None and paper.registration_id == registration.id:
        erase_paper_files(
            write, select(RegistrationPaper.id).where(RegistrationPaper.id == paper.id)
        )
        write.delete(paper)


def _find_or_make_paper(
    write: Write, registration: Registration, request: AddPaperRequest, when: Instant
) -> RegistrationPaper:
    paper = write.get(RegistrationPaper, request.paper_id)
    if paper is None:
        counted = select(func.count()).select_from(RegistrationPaper)
        if (
            write.scalar(counted.where(RegistrationPaper.registration_id == registration.id)) or 0
        ) >= MOST_PAPERS:
            raise TooManyPapers(most=MOST_PAPERS)
        paper = RegistrationPaper(
            id=request.paper_id,
            registration_id=registration.id,
            kind=request.paper,
            parts=request.parts,
            added_at=when.moment,
        )
        write.add(paper)
        write.flush()
    if paper.registration_id != registration.id:
        raise NotFound
    return paper
