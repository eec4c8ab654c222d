"""The file of a paper, by parts or whole, opened with the key of whose it is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import PaperPart
from services.dossier.store import vault
from shared.contracts.errors import NotFound
from shared.files.parts import join_parts


def part_of_paper(session: Session, owner: str, paper_id: str, part: int) -> str:
    """Return one part of a paper's file, in base64; raises NotFound."""
    row = session.get(PaperPart, (paper_id, part))
    if row is None:
        raise NotFound(paper_id=paper_id)
    return str(vault.open(owner, sealed_place(paper_id, part), row.content))


def stored_parts(session: Session, paper_id: str) -> list[PaperPart]:
    """Return the parts that came of a paper, in their order."""
    rows = select(PaperPart).where(PaperPart.paper_id == paper_id)
    return list(session.scalars(rows.order_by(PaperPart.part)))


def whole_file(session: Session, owner: str, paper_id: str) -> bytes:
    """Return the file that the parts of a paper make."""
    return join_parts(
        vault.open(owner, sealed_place(paper_id, row.part), row.content)
        for row in stored_parts(session, paper_id)
    )


def sealed_place(paper_id: str, part: int) -> str:
    """Return what the sealed part is bound to, besides its owner."""
    return f"paper_part.{paper_id}.{part}"
