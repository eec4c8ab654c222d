"""
Drafts what a file of ONDE says: surely known pupils, and all that a person has to look at.

Of the file its digest is kept. Names that are no child's of this provider are sealed with a key of
the batch until it is decided or dropped, and then unreadable for ever.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import PupilMove, PupilMoves, School
from services.enrolment.models.school_year.schools import DRAFT, ONDE
from services.enrolment.offer.rules.calendar import school_year_days
from services.enrolment.school_year.schools.commands.moving_up import lock_draft, make_pupil_move
from services.enrolment.school_year.schools.commands.schools import ClassFields, add_class
from services.enrolment.school_year.schools.queries.pupils import (
    PupilCard,
    children_known_to_provider,
    pupil_cards_by_child,
    pupils_of_schools,
)
from services.enrolment.school_year.schools.queries.schools import classes_by_school, require_school
from services.enrolment.school_year.schools.rules.levels import levels_in_order
from services.enrolment.school_year.schools.rules.moving_up import FROM_FILE, LEFT_OUT, Move
from services.enrolment.school_year.schools.rules.onde_file import OndeFile, OndeRow, read_onde_file
from services.enrolment.school_year.schools.rules.onde_matching import (
    Matched,
    match_rows_to_children,
)
from shared.contracts.errors import NotFound, Refusal
from shared.database import Read, Vault, Write
from shared.json_values import JsonObject
from shared.runtime.ids import new_id
from shared.text import folded

KEPT_DRAFT = timedelta(days=14)
"""A draft that nobody has decided is dropped with what was sealed of its file."""
_PLACE = "pupil_moves.unsettled"


class ClassesMissing(Refusal):
    """The file names classes that the school has not got that year."""

    code = "classes_missing"


@dataclass(frozen=True)
class Unsettled:
    """Lines of a file that a person has to look at; names are the file's."""

    doubtful: list[JsonObject] = field(default_factory=list)
    unknown: list[JsonObject] = field(default_factory=list)
    refused: list[dict[str, object]] = field(default_factory=list)
    missing_classes: list[JsonObject] = field(default_factory=list)
    unchanged: int = 0


def draft_from_file(
    write: Write,
    vault: Vault,
    school_id: str,
    school_year: str,
    content: bytes,
    *,
    by: str,
    now: datetime,
    today: date,
) -> PupilMoves:
    """Draft what a file of one school says of a school year; raises OndeRefused."""
    school = require_school(write, school_id)
    file = read_onde_file(content, school_year, school.uai or "")
    batch = PupilMoves(
        kind=ONDE,
        id=new_id(),
        school_year=school_year,
        school_id=school.id,
        holds_from=max(school_year_days(school_year)[0], today),
        state=DRAFT,
        file_digest=sha256(content).hexdigest(),
        drafted_by=by,
        drafted_at=now,
    )
    write.add(batch)
    write.flush()
    unsettled = _add_moves_of_file(write, vault, batch, school, file)
    _seal_unresolved_lines(vault, batch, unsettled)
    write.flush()
    return batch


def _add_moves_of_file(
    write: Write, vault: Vault, batch: PupilMoves, school: School, file: OndeFile
) -> Unsettled:
    """Add a move for each pupil whom the file changes or leaves out; return what it left open."""
    matched = match_rows_to_children(file.rows, children_known_to_provider(write))
    cards = pupil_cards_by_child(write, vault, {each.child_id for each in matched if each.child_id})
    changed = [
        each for each in matched if each.child_id and _is_move_changing_pupil(each, cards, school)
    ]
    write.add_all(
        make_pupil_move(batch, each.child_id, _move_of_row(each.row, cards[each.child_id], school))
        for each in changed
    )
    write.add_all(
        make_pupil_move(batch, card.child_id, Move(None, card.level, "", LEFT_OUT, decided=False))
        for card in _pupils_missing_from_file(write, vault, school, matched)
    )
    unmatched = [each for each in matched if not each.child_id]
    return Unsettled(
        doubtful=[_file_row_as_kept(each) for each in matched if each.candidates],
        unknown=[_file_row_as_kept(each) for each in unmatched if not each.candidates],
        refused=[{"line": each.line, "code": each.code} for each in file.refused],
        missing_classes=_missing_classes(write, school, batch.school_year, file.rows),
        unchanged=len(matched) - len(unmatched) - len(changed),
    )


def unresolved_lines_of_batch(vault: Vault, batch: PupilMoves) -> Unsettled:
    """Return what a person has to look at; nothing once the batch is decided."""
    if batch.unsettled is None:
        return Unsettled()
    return Unsettled(**vault.open(batch.id, _PLACE, batch.unsettled))


def classes_still_missing(
    read: Session, batch: PupilMoves, unsettled: Unsettled
) -> Collection[JsonObject]:
    """Return the classes of the file that the school has not got yet."""
    classes = classes_by_school(read, batch.school_year).get(batch.school_id or "", ())
    there = {each.folded for each in classes}
    return [each for each in unsettled.missing_classes if folded(each["name"]) not in there]


def decide_doubtful_line(
    write: Write, vault: Vault, moves_id: str, line: int, child_id: str | None
) -> None:
    """Say that a doubtful line is this child, or none of those shown; raises NotFound."""
    batch = lock_draft(write, moves_id)
    unsettled = unresolved_lines_of_batch(vault, batch)
    row = next((each for each in unsettled.doubtful if each["line"] == line), None)
    if row is None or (child_id is not None and child_id not in row["candidates"]):
        raise NotFound(moves_id=moves_id)
    unsettled.doubtful.remove(row)
    if child_id is None:
        unsettled.unknown.append({**row, "candidates": []})
    else:
        _store_decided_move(write, vault, batch, row, child_id)
    _seal_unresolved_lines(vault, batch, unsettled)
    write.flush()


def create_missing_classes(write: Write, vault: Vault, moves_id: str) -> int:
    """Create the classes that the file names and the school has not; return how many."""
    batch = lock_draft(write, moves_id)
    school = require_school(write, batch.school_id or "")
    missing = classes_still_missing(write, batch, unresolved_lines_of_batch(vault, batch))
    for each in missing:
        levels = each["levels"] or school.levels.split()
        fields = ClassFields(name=each["name"], teacher="", places=None, levels=levels)
        add_class(write, school.id, batch.school_year, fields)
    return len(missing)


def refuse_missing_classes(write: Write, vault: Vault, moves_id: str) -> None:
    """Raise ClassesMissing where a class of the file is still not there."""
    batch = lock_draft(write, moves_id)
    if classes_still_missing(write, batch, unresolved_lines_of_batch(vault, batch)):
        raise ClassesMissing


def drafts_to_forget(read: Read, now: datetime) -> Sequence[str]:
    """Return the drafts from files that nobody has decided in time."""
    old = select(PupilMoves.id).where(
        PupilMoves.kind == ONDE,
        PupilMoves.state == DRAFT,
        PupilMoves.drafted_at < now - KEPT_DRAFT,
    )
    return read.scalars(old).all()


def _is_move_changing_pupil(matched: Matched, cards: dict[str, PupilCard], school: School) -> bool:
    card, row = cards[matched.child_id], matched.row
    level = row.level or card.level
    return (card.school_id, card.level, folded(card.class_name)) != (
        school.id,
        level,
        folded(row.class_name),
    )


def _move_of_row(row: OndeRow, card: PupilCard, school: School) -> Move:
    """Return where a line lets a child go; of ULIS it says no level: the dossier's stays."""
    level = row.level or card.level
    return Move(school.id, level, row.class_name, FROM_FILE, decided=bool(level))


def _pupils_missing_from_file(
    write: Write, vault: Vault, school: School, matched: Sequence[Matched]
) -> list[PupilCard]:
    """
    Return the pupils of the file's classes who are not in it: proposed, and moved by nobody.

    A file of one class says nothing of the others.
    """
    named = {each.child_id for each in matched} | {
        child_id for each in matched for child_id in each.candidates
    }
    classes = {folded(each.row.class_name) for each in matched}
    return [
        card
        for card in pupils_of_schools(write, vault, [school.id])
        if card.child_id not in named and folded(card.class_name) in classes
    ]


def _file_row_as_kept(matched: Matched) -> dict[str, object]:
    row = matched.row
    return {
        "line": row.line,
        "last_name": row.last_name,
        "first_name": row.first_name,
        "birth_date": row.birth_date.isoformat(),
        "level": row.level,
        "class_name": row.class_name,
        "candidates": list(matched.candidates),
    }


def _store_decided_move(
    write: Write, vault: Vault, batch: PupilMoves, row: JsonObject, child_id: str
) -> None:
    there = select(PupilMove).where(PupilMove.moves_id == batch.id, PupilMove.child_id == child_id)
    if write.scalar(there) is not None:
        raise NotFound(child_id=child_id)  # another line was this child already
    card = pupil_cards_by_child(write, vault, [child_id]).get(child_id)
    if card is None:
        raise NotFound(child_id=child_id)
    level = row["level"] or card.level
    move = Move(batch.school_id, level, row["class_name"], FROM_FILE, decided=bool(level))
    write.add(make_pupil_move(batch, child_id, move))


def _missing_classes(
    read: Write, school: School, school_year: str, rows: Iterable[OndeRow]
) -> list[dict[str, object]]:
    there = {each.folded for each in classes_by_school(read, school_year).get(school.id, ())}
    levels: dict[str, set[str]] = {}
    for row in rows:
        if folded(row.class_name) not in there:
            levels.setdefault(row.class_name, set()).add(row.level)
    return [{"name": name, "levels": levels_in_order(found)} for name, found in levels.items()]


def _seal_unresolved_lines(vault: Vault, batch: PupilMoves, unsettled: Unsettled) -> None:
    batch.unsettled = vault.seal(batch.id, _PLACE, asdict(unsettled))
