"""
Pupils of the town's schools, as their dossiers have it: from the replica, and from nothing wider.

A child is in a school by the name of the school in its section « École et classe »; a caller that
shows one of them to a person publishes the reading (`schools/commands/pupil_list_reads.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.children.queries.named_children import named_children
from services.enrolment.children.queries.parts_kept_for_counting import CountedParts
from services.enrolment.children.rules.distinct_names import Named
from services.enrolment.models import ChildCard, RecordHold, SchoolClass
from services.enrolment.school_year.schools.queries.school_changes import (
    school_id_by_former_name,
)
from services.enrolment.school_year.schools.queries.schools import schools_by_folded_name
from services.enrolment.school_year.schools.rules.levels import is_of_school_age, parse_level
from services.enrolment.school_year.schools.rules.onde_matching import KnownChild
from shared.contracts.sections.schooling import NEXT
from shared.database import Vault
from shared.json_values import JsonObject
from shared.text import folded

SCHOOLING = "schooling"


class Schooling(NamedTuple):
    """
    School, level and class of a child, as its dossier has them written.

    `next_school` is another one that is confirmed for a day to come.
    """

    school: str = ""
    grade: str = ""
    class_name: str = ""
    next_school: str = ""


def _schooling_from_content(content: JsonObject) -> Schooling:
    return Schooling(
        content.get("school", ""),
        content.get("grade", ""),
        content.get("class_name", ""),
        content.get(NEXT, {}).get("school", ""),
    )


NO_SCHOOLING = Schooling()
SCHOOLINGS = CountedParts(SCHOOLING, _schooling_from_content)


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


@dataclass(frozen=True)
class PupilOfFormerName:
    """A child whose dossier names a school as it was called; level and class as they are."""

    child_id: str
    level: str
    class_name: str


def pupils_under_former_names(read: Session, vault: Vault) -> dict[str, list[PupilOfFormerName]]:
    """Return by school the children who are, or will be, there under a name that it had."""
    former = school_id_by_former_name(read)
    if not former:
        return {}
    found: dict[str, list[PupilOfFormerName]] = defaultdict(list)
    at: dict[Schooling, set[str]] = {}
    for child_id, each in sorted(_schooling_by_child(read, vault).items()):
        if each not in at:
            written = (folded(each.school), folded(each.next_school))
            at[each] = {former[name] for name in written if name in former}
        for school_id in at[each]:
            level = parse_level(each.grade)
            found[school_id].append(PupilOfFormerName(child_id, level, each.class_name))
    return found


def count_pupils(
    read: Session, vault: Vault, school_ids: Collection[str] | None = None
) -> dict[str, Counter[str]]:
    """Count the pupils of these schools (None: of all), by school and class as it is written."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    schools = _school_ids(read)
    for schooling, count in Counter(_schooling_by_child(read, vault).values()).items():
        school_id = schools.get(folded(schooling.school))
        if school_id is not None and (school_ids is None or school_id in school_ids):
            counted[school_id][schooling.class_name] += count
    return counted


def pupils_of_schools(
    read: Session, vault: Vault, school_ids: Collection[str] | None = None
) -> list[PupilCard]:
    """Return the pupils of these schools (None: of all of the town's), by name."""
    schools = _school_ids(read)
    wanted = {name for name, each in schools.items() if school_ids is None or each in school_ids}
    return _pupil_cards_by_name(
        read, schools, _pupils_of_folded_schools(read, vault, lambda school: school in wanted)
    )


def level_of_each_pupil(read: Session, vault: Vault) -> dict[str, tuple[str, str]]:
    """Return by child the school and the level of each pupil of the town's schools."""
    schools = _school_ids(read)
    found: dict[str, tuple[str, str]] = {}
    known: dict[Schooling, tuple[str | None, str]] = {}
    for child_id, schooling in _schooling_by_child(read, vault).items():
        if schooling not in known:
            school_id = schools.get(folded(schooling.school))
            known[schooling] = (school_id, parse_level(schooling.grade))
        at, level = known[schooling]
        if at is not None:
            found[child_id] = (at, level)
    return found


def pupils_of_class(read: Session, vault: Vault, row: SchoolClass, year: str) -> list[PupilCard]:
    """Return the pupils of a class by name; a class of another year than this one has none."""
    if row.school_year != year:
        return []
    of_school = pupils_of_schools(read, vault, [row.school_id])
    return [pupil for pupil in of_school if folded(pupil.class_name) == row.folded]


def children_without_school(read: Session, vault: Vault, school_year: str) -> list[PupilCard]:
    """Return the children of school age of whom no school is written, by name."""
    without = _pupils_of_folded_schools(read, vault, lambda school: not school)
    return [
        child
        for child in _pupil_cards_by_name(read, _school_ids(read), without)
        if not child.school and is_of_school_age(child.birth_date, school_year)
    ]


def children_known_to_provider(read: Session) -> list[KnownChild]:
    """Return all children that this provider has, as ONDE's pupils are compared with them."""
    held = _children_under_record_hold(read)
    return [
        KnownChild(card.child_id, card.first_name, card.last_name, card.birth_date)
        for card in read.scalars(select(ChildCard))
        if card.child_id not in held
    ]


def pupil_cards_by_child(
    read: Session, vault: Vault, child_ids: Collection[str]
) -> dict[str, PupilCard]:
    """Return these children by id, as far as their names are here."""
    held = _children_under_record_hold(read)
    wanted = [child_id for child_id in child_ids if child_id not in held]
    stored = SCHOOLINGS.read(read, vault, wanted)
    known = {child_id: stored.get(child_id, NO_SCHOOLING) for child_id in wanted}
    return {card.child_id: card for card in _pupil_cards_by_name(read, _school_ids(read), known)}


def _pupils_of_folded_schools(
    read: Session, vault: Vault, is_wanted: Callable[[str], bool]
) -> dict[str, Schooling]:
    """Return the children whose school, folded, is wanted; of those who are here."""
    stored = _schooling_by_child(read, vault)
    wanted = {each for each in set(stored.values()) if is_wanted(folded(each.school))}
    return {child_id: each for child_id, each in stored.items() if each in wanted}


def _schooling_by_child(read: Session, vault: Vault) -> dict[str, Schooling]:
    """Return by child its school, of all whose names are here and whose files are not held."""
    held = _children_under_record_hold(read)
    here = [each for each in read.scalars(select(ChildCard.child_id)) if each not in held]
    stored = SCHOOLINGS.read(read, vault, here)
    return {child_id: stored.get(child_id, NO_SCHOOLING) for child_id in here}


def _pupil_cards_by_name(
    read: Session, schools: Mapping[str, str], known: Mapping[str, Schooling]
) -> list[PupilCard]:
    """Return the cards of these children by name."""
    cards = [
        _pupil_card(child, known[child_id], schools)
        for child_id, child in named_children(read, known).items()
    ]
    return sorted(
        cards, key=lambda each: (folded(each.last_name), folded(each.first_name), each.child_id)
    )


def _school_ids(read: Session) -> dict[str, str]:
    return {name: school.id for name, school in schools_by_folded_name(read).items()}


def _children_under_record_hold(read: Session) -> frozenset[str]:
    return frozenset(read.scalars(select(RecordHold.child_id).where(RecordHold.held.is_(True))))


def _pupil_card(child: Named, schooling: Schooling, schools: Mapping[str, str]) -> PupilCard:
    return PupilCard(
        child.child_id,
        child.first_name,
        child.last_name,
        child.birth_date,
        schooling.school,
        schools.get(folded(schooling.school)),
        parse_level(schooling.grade),
        schooling.class_name,
    )
