"""
The choice of a school: one of the town's, or the name of one that is not the town's. Pure.

Where no provider has published a school, a name is typed as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from shared.contracts.enrolment.place_conditions import GRADES
from shared.town.schools.known_school_spelling import own_spelling

ELSEWHERE = "other"
"""The choice of a school that is none of the town's: of another commune, or a private one."""


@dataclass(frozen=True)
class TownSchool:
    """A school as the principal `source` publishes it, with the names of its classes."""

    source: str
    id: str
    name: str
    commune: str
    levels: tuple[str, ...]
    classes: tuple[str, ...]
    former_names: tuple[str, ...] = ()


def school_choice_of_name(name: str, schools: Sequence[TownSchool]) -> tuple[str, str]:
    """Return the fields of a name that is kept: the choice, and the name of another school."""
    own = own_spelling(name, {school.name: school.former_names for school in schools})
    if own or not name or not schools:
        return own or name, ""
    return ELSEWHERE, name


def schools_by_commune(schools: Sequence[TownSchool]) -> list[tuple[str, list[TownSchool]]]:
    """Return schools by commune, as a list of choices shows them."""
    grouped = groupby(schools, key=lambda school: school.commune)
    return [(commune, list(of_commune)) for commune, of_commune in grouped]


def school_called(name: str, schools: Sequence[TownSchool]) -> TownSchool | None:
    """Return the school of the town with this name, None for another one."""
    return next((school for school in schools if school.name == name), None)


def level_and_class(level: str, class_name: str) -> str:
    """Return the words of a level and a class, that class alone which begins with its level."""
    if level and class_name.startswith(level):
        return class_name
    return ", ".join(word for word in (level, class_name) if word)


def level_choices(kept: str = "") -> list[str]:
    """Return the levels to choose from, with one that is kept and spelled otherwise."""
    levels = [grade.replace("E", "e") if grade[0].isdigit() else grade for grade in GRADES]
    return levels if not kept or kept in levels else [kept, *levels]
