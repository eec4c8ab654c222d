"""Stores papers of a registration, sealed with its key; they come made anew, as JPEG or PDF."""

import base64
import binascii

from sqlalchemy import delete, func, select

from services.dossier.models import Registration, RegistrationPaper, RegistrationPaperPart
from services.dossier.registrations.queries.papers import sealed_place
from services.dossier.registrations.queries.registrations import registration_by_key, require_open
from services.dossier.store import vault
from shared.contracts.dossier.registrations import (
    MOST_PAPERS,
    OPEN,
    SENT,
    AddPaperRequest,
    DropPaperRequest,
    TooManyPapers,
    UnreadablePaper,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.files.parts import join_parts
from shared.files.types import media_type_of


def add_paper_part(write: Write, request: AddPaperRequest, when: Instant) -> bool:
    """
    Keep one part; with the last one, check what the whole is.

    Return whether it is whole. Raises UnreadablePaper and TooManyPapers; papers may be added
    until the desk decides.
    """
    registration = registration_by_key(write, request, lock=True)
    require_open(registration, OPEN, SENT)
    paper = _find_or_make_paper(write, registration, request, when)
    if paper.size:
        return True
    _refuse_garbled(request.content)
    _store_part(write, registration, paper.id, request.part, request.content)
    if len(_stored_parts(write, paper.id)) < paper.parts:
        return False
    _check_whole_paper(write, registration, paper)
    return True


def drop_paper(write: Write, request: DropPaperRequest) -> None:
    """Take a paper back; one that is not there is gone already."""
    registration = registration_by_key(write, request, lock=True)
    require_open(registration, OPEN, SENT)
    paper = write.get(RegistrationPaper, request.paper_id)
    if paper is not None and paper.registration_id == registration.id:
        write.execute(
            delete(RegistrationPaperPart).where(RegistrationPaperPart.paper_id == paper.id)
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
    if request.part >= paper.parts:
        raise UnreadablePaper
    return paper


def _check_whole_paper(write: Write, registration: Registration, paper: RegistrationPaper) -> None:
    content = join_parts(
        vault.open(registration.id, sealed_place(paper.id, row.part), row.content)
        for row in _stored_parts(write, paper.id)
    )
    media_type = media_type_of(content)
    if media_type is None:
        raise UnreadablePaper
    paper.media_type, paper.size = media_type, len(content)
    write.flush()


def _store_part(
    write: Write, registration: Registration, paper_id: str, part: int, content: str
) -> None:
    sealed = vault.seal(registration.id, sealed_place(paper_id, part), content)
    row = {"paper_id": paper_id, "part": part, "content": sealed}
    write.execute(write.upsert(RegistrationPaperPart).values(row).on_conflict_do_nothing())


def _stored_parts(write: Write, paper_id: str) -> list[RegistrationPaperPart]:
    rows = select(RegistrationPaperPart).where(RegistrationPaperPart.paper_id == paper_id)
    return list(write.scalars(rows.order_by(RegistrationPaperPart.part)))


def _refuse_garbled(content: str) -> None:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error:
        raise UnreadablePaper from None
