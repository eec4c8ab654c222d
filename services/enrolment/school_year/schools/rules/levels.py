"""
Levels of the primary school, their order, and the level of a child's age. Pure.

ULIS and UPE2A are arrangements beside a level, and are none.
"""

from collections.abc import Iterable
from datetime import date

from shared.contracts.enrolment.school_year import schools as contract
from shared.text import folded

LEVELS = contract.LEVELS
"""Levels from the youngest: TPS, three more of nursery school, and five of elementary school."""
SIXTH = "6e"
"""After CM2 a child leaves the schools of the town."""

ARRANGEMENTS = frozenset({"ulis", "upe2a", "clis", "clin", "ulis ecole", "up2a"})
_SPELLED = {
    "toute petite section": "TPS",
    "tres petite section": "TPS",
    "petite section": "PS",
    "moyenne section": "MS",
    "grande section": "GS",
    "maternelle petite section": "PS",
    "maternelle moyenne section": "MS",
    "maternelle grande section": "GS",
    "cours preparatoire": "CP",
    "cours elementaire 1": "CE1",
    "cours elementaire 1ere annee": "CE1",
    "cours elementaire premiere annee": "CE1",
    "cours elementaire 2": "CE2",
    "cours elementaire 2eme annee": "CE2",
    "cours elementaire deuxieme annee": "CE2",
    "cours moyen 1": "CM1",
    "cours moyen 1ere annee": "CM1",
    "cours moyen premiere annee": "CM1",
    "cours moyen 2": "CM2",
    "cours moyen 2eme annee": "CM2",
    "cours moyen deuxieme annee": "CM2",
    "6eme": SIXTH,
    "6": SIXTH,
    "sixieme": SIXTH,
}
_CODES = {level.lower(): level for level in (*LEVELS, SIXTH)}
_FIRST_AGE = 2
"""A child of TPS has its second birthday in the calendar year in which the school year begins."""
COMPULSORY_AGE = 3
"""Age reached in the year in which compulsory schooling begins (L131-1 code de l'éducation)."""


def parse_level(text: str) -> str:
    """Return the level that is spelled so: « C.P. », « Petite Section »; "" of none."""
    words = folded(text)
    joined = words.replace(" ", "")
    return _CODES.get(joined) or _SPELLED.get(words, "")


def is_not_a_level(text: str) -> bool:
    """Say whether this replaces a level, and is none: ULIS, UPE2A."""
    return folded(text) in ARRANGEMENTS


def next_level(level: str) -> str:
    """Return the level after this one; SIXTH after the last, "" after what is no level."""
    if level not in LEVELS:
        return ""
    place = LEVELS.index(level) + 1
    return LEVELS[place] if place < len(LEVELS) else SIXTH


def level_of_age(birth_date: date, school_year: str) -> str:
    """
    Return the level of most children born then in a school year, "" before TPS and after CM2.
    """
    place = int(school_year[:4]) - birth_date.year - _FIRST_AGE
    return LEVELS[place] if 0 <= place < len(LEVELS) else ""


def levels_ahead_of_age(level: str, birth_date: date, school_year: str) -> int:
    """Return by how many levels a child is ahead of most of its age; behind is negative."""
    place = int(school_year[:4]) - birth_date.year - _FIRST_AGE
    known = (*LEVELS, SIXTH)
    return known.index(level) - place if level in known else 0


def is_of_school_age(birth_date: date, school_year: str) -> bool:
    """Say whether a child has to be in a primary school in that school year, by its age."""
    age = int(school_year[:4]) - birth_date.year
    return COMPULSORY_AGE <= age < _FIRST_AGE + len(LEVELS)


def levels_in_order(levels: Iterable[str]) -> list[str]:
    """Return levels from the smallest, each once; what is none is left out."""
    chosen = set(levels)
    return [level for level in LEVELS if level in chosen]
