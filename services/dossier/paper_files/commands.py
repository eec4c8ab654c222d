"""Stores the file of a paper, part by part; it comes made anew, as JPEG or PDF."""

import base64
import binascii
from collections.abc import Collection
from typing import Protocol

from sqlalchemy import Select, delete, update

from services.dossier.models import Household, PaperPart
from services.dossier.paper_files.queries.file_contents import (
    OpenedPaper,
    papers_of_household,
    seal_paper_content,
    sealed_place_of_part,
    stored_parts,
    whole_paper_file,
)
from services.dossier.store import vault
from shared.contracts.dossier.registrations import UnreadablePaper
from shared.database import Write
from shared.files.types import media_type_of_content


class PaperRow(Protocol):
    """The row of a paper whose parts come: its size is 0 until they all have."""

    id: str
    parts: int
    size: int
    media_type: str


def store_paper_part(write: Write, owner: str, paper: PaperRow, part: int, content: str) -> bool:
    """
    Keep one part, sealed with its owner's key; with the last one, check what the whole is.

    Return whether it is whole. Raises UnreadablePaper.
    """
    if part >= paper.parts:
        raise UnreadablePaper
    _refuse_garbled(content)
    sealed = vault.seal(owner, sealed_place_of_part(paper.id, part), content)
    row = {"paper_id": paper.id, "part": part, "content": sealed}
    write.execute(write.upsert_into(PaperPart).values(row).on_conflict_do_nothing())
    if len(stored_parts(write, paper.id)) < paper.parts:
        return False
    file = whole_paper_file(write, owner, paper.id)
    media_type = media_type_of_content(file)
    if media_type is None:
        raise UnreadablePaper
    paper.media_type, paper.size = media_type, len(file)
    write.flush()
    return True


def erase_paper_files(write: Write, paper_ids: Select[str]) -> None:
    """Erase the files of these papers."""
    write.execute(delete(PaperPart).where(PaperPart.paper_id.in_(paper_ids)))


def take_papers_to_new_home(
    write: Write, guardians: Collection[str], former_home: str, new_home: str
) -> None:
    """
    Give a new home the papers that who leaves for it has kept, sealed with its own key.

    The former home is locked: none is kept or decided there meanwhile.
    """
    write.get_one(Household, former_home, with_for_update=True)
    for paper in papers_of_household(write, former_home):
        if paper.said.kept_by in guardians:
            _seal_paper_for_household(write, paper, new_home)


def _refuse_garbled(content: str) -> None:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error:
        raise UnreadablePaper from None


def _seal_paper_for_household(write: Write, paper: OpenedPaper, household_id: str) -> None:
    row = paper.row
    for part in stored_parts(write, row.id):
        place = sealed_place_of_part(row.id, part.part)
        opened = vault.open(row.household_id, place, part.content)
        moved = (PaperPart.paper_id == row.id) & (PaperPart.part == part.part)
        sealed = vault.seal(household_id, place, opened)
        write.execute(update(PaperPart).where(moved).values(content=sealed))
    row.content = seal_paper_content(household_id, row.id, paper.said)
    row.household_id = household_id
    write.flush()
