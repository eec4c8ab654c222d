"""Stores the file of a paper, part by part; it comes made anew, as JPEG or PDF."""

import base64
import binascii
from typing import Protocol

from sqlalchemy import Select, delete

from services.dossier.models import PaperPart
from services.dossier.paper_files.queries import sealed_place, stored_parts, whole_file
from services.dossier.store import vault
from shared.contracts.dossier.registrations import UnreadablePaper
from shared.database import Write
from shared.files.types import media_type_of


class PaperRow(Protocol):
    """The row of a paper whose parts come: its size is 0 until they all have."""

    id: str
    parts: int
    size: int
    media_type: str


def store_part(write: Write, owner: str, paper: PaperRow, part: int, content: str) -> bool:
    """
    Keep one part, sealed with its owner's key; with the last one, check what the whole is.

    Return whether it is whole. Raises UnreadablePaper.
    """
    if part >= paper.parts:
        raise UnreadablePaper
    _refuse_garbled(content)
    sealed = vault.seal(owner, sealed_place(paper.id, part), content)
    row = {"paper_id": paper.id, "part": part, "content": sealed}
    write.execute(write.upsert(PaperPart).values(row).on_conflict_do_nothing())
    if len(stored_parts(write, paper.id)) < paper.parts:
        return False
    file = whole_file(write, owner, paper.id)
    media_type = media_type_of(file)
    if media_type is None:
        raise UnreadablePaper
    paper.media_type, paper.size = media_type, len(file)
    write.flush()
    return True


def forget_parts(write: Write, paper_ids: Select[str]) -> None:
    """Erase the files of these papers."""
    write.execute(delete(PaperPart).where(PaperPart.paper_id.in_(paper_ids)))


def _refuse_garbled(content: str) -> None:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error:
        raise UnreadablePaper from None
