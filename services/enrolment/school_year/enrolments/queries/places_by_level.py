"""Places and pupils of a school by level, in a school year that may be to come."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import PupilMove, PupilMoves
from services.enrolment.models.school_year.schools import DONE, RENAMING, SENDING
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.rules.places_left import ClassPlaces, room_for_level
from services.enrolment.school_year.schools.queries.pupil_moves import MADE
from services.enrolment.school_year.schools.queries.pupils import level_of_each_pupil
from services.enrolment.school_year.schools.queries.schools import classes_by_school
from shared.contracts.dossier.school_decisions import SAME
from shared.database import Vault
from shared.dates.clock import today

Pupils = Mapping[str, tuple[str, str]]
"""School and level of each child."""


def expected_school_by_child(read: Session, vault: Vault, school_year: str) -> Pupils:
    """
    Return where each child is in a school year, or will be, as far as it is decided.

    Those of this year are in the replica; what is decided and on its way counts already.
    """
    pupils: dict[str, tuple[str, str]] = {}
    if school_year == school_year_of(today()):
        pupils = level_of_each_pupil(read, vault)
    decided = (
        select(PupilMove)
        .join(PupilMoves, PupilMoves.id == PupilMove.moves_id)
        .where(
            PupilMoves.school_year == school_year,
            PupilMoves.state.in_((SENDING, DONE)),
            PupilMoves.kind != RENAMING,
            PupilMove.skipped.is_(False),
            PupilMove.outcome.in_(("", *MADE, SAME)),
        )
        .order_by(PupilMoves.decided_at, PupilMove.id)
    )
    for move in read.scalars(decided):
        if move.to_school_id is not None:
            pupils[move.child_id] = (move.to_school_id, move.to_level)
        else:
            pupils.pop(move.child_id, None)
    return pupils


def rooms_by_level(
    read: Session, pupils: Pupils, school_id: str, school_year: str, but: str = ""
) -> Mapping[str, int | None]:
    """Return the room of each level of a school; the child `but` is not counted."""
    classes = [
        ClassPlaces(row.levels.split(), row.places)
        for row in classes_by_school(read, school_year).get(school_id, ())
    ]
    there = Counter(
        level for child, (school, level) in pupils.items() if school == school_id and child != but
    )
    levels = {level for each in classes for level in each.levels}
    return {level: room_for_level(level, classes, there) for level in levels}
