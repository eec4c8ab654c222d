"""The file of a paper, by parts or whole, and what is sealed of one that a household keeps."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import HouseholdPaper, PaperPart
from services.dossier.store import vault
from shared.contracts.dossier.papers import household_papers as contracts
from shared.contracts.errors import NotFound
from shared.files.file_parts import join_parts


def part_of_paper(session: Session, owner: str, paper_id: str, part: int) -> str:
    """Return one part of a paper's file, in base64; raises NotFound."""
    row = session.get(PaperPart, (paper_id, part))
    if row is None:
        raise NotFound(paper_id=paper_id)
    return str(vault.open(owner, sealed_place_of_part(paper_id, part), row.content))


def stored_parts(session: Session, paper_id: str) -> list[PaperPart]:
    """Return the parts that came of a paper, in their order."""
    rows = select(PaperPart).where(PaperPart.paper_id == paper_id)
    return list(session.scalars(rows.order_by(PaperPart.part)))


def whole_paper_file(session: Session, owner: str, paper_id: str) -> bytes:
    """Return the file that the parts of a paper make."""
    return join_parts(
        vault.open(owner, sealed_place_of_part(paper_id, row.part), row.content)
        for row in stored_parts(session, paper_id)
    )


def sealed_place_of_part(paper_id: str, part: int) -> str:
    """Return what the sealed part is bound to, besides its owner."""
    return f"paper_part.{paper_id}.{part}"


@dataclass(frozen=True)
class Sealed:
    """The sealed part of a paper: its kind, its keeper, and an agent's finding."""

    kind: str
    kept_by: str
    state: str = contracts.WAITING
    reason: str = ""
    valid_until: date | None = None


class OpenedPaper(NamedTuple):
    """A paper and what is sealed of it."""

    row: HouseholdPaper
    said: Sealed


def paper_with_unsealed_content(row: HouseholdPaper) -> OpenedPaper:
    """Return a paper with what is sealed of it."""
    said = vault.open(row.household_id, _sealed_place_of_paper(row.id), row.content)
    last = said.pop("valid_until")
    return OpenedPaper(row, Sealed(**said, valid_until=date.fromisoformat(last) if last else None))


def seal_paper_content(household_id: str, paper_id: str, said: Sealed) -> bytes:
    """Return what is said of a paper, sealed with the household's key."""
    last = said.valid_until.isoformat() if said.valid_until else None
    return vault.seal(
        household_id, _sealed_place_of_paper(paper_id), asdict(said) | {"valid_until": last}
    )


def papers_of_household(session: Session, household_id: str) -> list[OpenedPaper]:
    """Return the whole papers of a household, in the order in which they were kept."""
    rows = select(HouseholdPaper).where(
        HouseholdPaper.household_id == household_id, HouseholdPaper.size > 0
    )
    return [
        paper_with_unsealed_content(row)
        for row in session.scalars(rows.order_by(HouseholdPaper.added_at, HouseholdPaper.id))
    ]


def _sealed_place_of_paper(paper_id: str) -> str:
    return f"household_paper.{paper_id}"
