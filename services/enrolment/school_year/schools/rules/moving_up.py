"""
Moves a pupil up on 1 September: to the next level, in its school or the one that follows. Pure.

The proposal is the town's; who is kept down, goes ahead or elsewhere is corrected line by line.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.enrolment.school_year.schools.rules.levels import SIXTH, next_level

UP, OTHER_SCHOOL, LEAVES, TO_DECIDE, CORRECTED, FROM_FILE, LEFT_OUT, ENROLLED, RENAMED = (
    "up",
    "other_school",
    "leaves",
    "to_decide",
    "corrected",
    "from_file",
    "left_out",
    "enrolled",
    "renamed",
)
WHY = (
    UP,  # the next level of its school
    OTHER_SCHOOL,  # the next level of the school that follows its own
    LEAVES,  # after CM2, or a person said so
    TO_DECIDE,  # its level is unknown, or no school follows: a person says where
    CORRECTED,  # by a person
    FROM_FILE,  # as ONDE has it
    LEFT_OUT,  # was in the class, and is not in the file of ONDE
    ENROLLED,  # by a certificate of the year to come, which June leaves as it is
    RENAMED,  # stays, and its school is called otherwise
)


@dataclass(frozen=True)
class SchoolLevels:
    """A school, the levels that it has, and the one that follows it."""

    id: str
    levels: Collection[str]
    followed_by: str | None = None


@dataclass(frozen=True)
class ClassLevels:
    """A class of the school year to come."""

    name: str
    levels: Collection[str]


@dataclass(frozen=True)
class Pupil:
    """A child in one of the town's schools; `level` is "" where the dossier has none we know."""

    child_id: str
    birth_date: date
    school_id: str
    level: str
    class_name: str


@dataclass(frozen=True)
class Move:
    """
    Destination of a pupil: no school where it leaves, for the one called `elsewhere` if known.

    `decided` is False where a person has to decide.
    """

    to_school_id: str | None
    to_level: str
    to_class: str
    why: str
    decided: bool = True
    elsewhere: str = ""


def propose_move(
    pupil: Pupil,
    schools: Mapping[str, SchoolLevels],
    classes: Mapping[str, Sequence[ClassLevels]],
) -> Move:
    """Return where a pupil goes; `classes` are those of the year to come, by school."""
    level = next_level(pupil.level)
    if level == SIXTH:
        return Move(None, SIXTH, "", LEAVES)
    school = schools[pupil.school_id]
    if level and level not in school.levels and school.followed_by:
        following = schools[school.followed_by]
        if level in following.levels:
            return Move(following.id, level, "", OTHER_SCHOOL)
    if not level or level not in school.levels:
        return Move(pupil.school_id, level, "", TO_DECIDE, decided=False)
    name = propose_class(pupil.class_name, level, classes.get(pupil.school_id, ()))
    return Move(pupil.school_id, level, name, UP)


def propose_class(before: str, level: str, classes: Sequence[ClassLevels]) -> str:
    """
    Return the class of a level: the only one, or that of the teacher who keeps the pupils.

    Where there are several it is "": classes are made up in summer, and come with ONDE's file.
    """
    of_level = [each.name for each in classes if level in each.levels]
    if before in of_level:
        return before
    return of_level[0] if len(of_level) == 1 else ""
