"""
Conditions that a decision on a school has to meet before it is made. Pure.

The reasons are codes. A school that is full stops nobody who says so: where a child lives, its
school has to take it (L131-5 code de l'éducation), and where else is the mayor's to say.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from services.enrolment.school_year.schools.rules.levels import levels_ahead_of_age

NO_LEVEL, OFF_AGE, BEFORE_BIRTH, TOO_FAR, FULL, SAME_SCHOOL = (
    "no_level",
    "off_age",
    "before_birth",
    "too_far",
    "full",
    "same_school",
)
REASONS = (
    NO_LEVEL,  # the school has not this level
    OFF_AGE,  # more than one level ahead of the child's age, or behind it
    BEFORE_BIRTH,
    TOO_FAR,  # more than a year and a term to come
    FULL,  # no place in the classes of this level: may be decided all the same
    SAME_SCHOOL,  # the child has a certificate for this school and level already
)

FARTHEST = timedelta(days=400)
"""Time ahead for which the dossier takes a decision at most."""
MOST_LEVELS_OFF = 1


@dataclass(frozen=True)
class Wish:
    """A school, level and day for one child; `room` None: nobody has said how many places."""

    birth_date: date
    school_levels: Collection[str]
    level: str
    holds_from: date
    school_year: str
    room: int | None
    is_enrolled: bool = False
    over_places: bool = False


def obstacles_to_enrolling(wish: Wish, today: date) -> list[str]:
    """Return why a decision cannot be made as it is wished; none where it can."""
    reasons = []
    if wish.level not in wish.school_levels:
        reasons.append(NO_LEVEL)
    if wish.holds_from < wish.birth_date:
        reasons.append(BEFORE_BIRTH)
    elif abs(levels_ahead_of_age(wish.level, wish.birth_date, wish.school_year)) > MOST_LEVELS_OFF:
        reasons.append(OFF_AGE)
    if wish.holds_from > today + FARTHEST:
        reasons.append(TOO_FAR)
    if wish.is_enrolled:
        reasons.append(SAME_SCHOOL)
    if not reasons and wish.room is not None and wish.room <= 0 and not wish.over_places:
        reasons.append(FULL)
    return reasons
