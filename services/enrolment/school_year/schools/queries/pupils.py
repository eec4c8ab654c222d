"""
Pupils of the town's schools, as their dossiers have it: from the replica, and from nothing wider.

A child is in a school by the name of the school in its section « École et classe »; a caller that
shows one of them to a person publishes the reading (`schools/commands/reading.py`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.models import ChildCard, RecordHold, SchoolClass
from services.enrolment.school_year.schools.queries.schools import schools_by_folded_name
from services.enrolment.school_year.schools.rules.levels import is_of_school_age, read_level
from services.enrolment.school_year.schools.rules.onde_matching import KnownChild
from shared.database import Vault
from shared.database.chunks import chunks
from shared.text import folded

SCHOOLING = "schooling"


@dataclass(frozen=True)
class PupilCard:
    """
    A child with its school, level and class as they are written.

    `school_id` is None where the school is none of the town's; `level` "" where it is none we know.
    """

    child_id: str
    first_name: str
    last_name: str
    birth_date: date
    school: str
    school_id: str | None
    level: str
    class_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def pupils_of_schools(
    read: Session, vault: Vault, school_ids: Collection[str] | None = None
) -> list[PupilCard]:
    """Return the pupils of these schools (None: of all of the town's), by name."""
    return [
        pupil
        for pupil in _children(read, vault)
        if pupil.school_id is not None and (school_ids is None or pupil.school_id in school_ids)
    ]


def pupils_of_class(read: Session, vault: Vault, row: SchoolClass, year: str) -> list[PupilCard]:
    """Return the pupils of a class by name; a class of another year than this one has none."""
    if row.school_year != year:
        return []
    of_school = pupils_of_schools(read, vault, [row.school_id])
    return [pupil for pupil in of_school if folded(pupil.class_name) == row.folded]


def children_without_school(read: Session, vault: Vault, school_year: str) -> list[PupilCard]:
    """Return the children of school age of whom no school is written, by name."""
    return [
        child
        for child in _children(read, vault)
        if not child.school and is_of_school_age(child.birth_date, school_year)
    ]


def known_children(read: Session) -> list[KnownChild]:
    """Return all children that this provider has, as ONDE's pupils are compared with them."""
    held = _held_children(read)
    return [
        KnownChild(card.child_id, card.first_name, card.last_name, card.birth_date)
        for card in read.scalars(select(ChildCard))
        if card.child_id not in held
    ]


def cards_of(read: Session, vault: Vault, child_ids: Collection[str]) -> dict[str, PupilCard]:
    """Return these children by id, as far as their names are here."""
    return {card.child_id: card for card in _children(read, vault, child_ids)}


def _children(
    read: Session, vault: Vault, child_ids: Collection[str] | None = None
) -> list[PupilCard]:
    schools = {name: school.id for name, school in schools_by_folded_name(read).items()}
    contents = contents_of_projection(read, vault, SCHOOLING, child_ids)
    held = _held_children(read)
    cards = [
        _pupil_card(card, contents.get(card.child_id, {}), schools)
        for card in _cards(read, child_ids)
        if card.child_id not in held
    ]
    return sorted(
        cards, key=lambda each: (folded(each.last_name), folded(each.first_name), each.child_id)
    )


def _cards(read: Session, child_ids: Collection[str] | None) -> Iterable[ChildCard]:
    if child_ids is None:
        yield from read.scalars(select(ChildCard))
        return
    for batch in chunks(child_ids):
        yield from read.scalars(select(ChildCard).where(ChildCard.child_id.in_(batch)))


def _held_children(read: Session) -> frozenset[str]:
    return frozenset(read.scalars(select(RecordHold.child_id).where(RecordHold.held.is_(True))))


def _pupil_card(card: ChildCard, content: dict[str, str], schools: dict[str, str]) -> PupilCard:
    school = content.get("school", "")
    return PupilCard(
        card.child_id,
        card.first_name,
        card.last_name,
        card.birth_date,
        school,
        schools.get(folded(school)),
        read_level(content.get("grade", "")),
        content.get("class_name", ""),
    )
