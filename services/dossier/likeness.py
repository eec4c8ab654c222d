"""
Could these two be one child, known twice? Somebody then looks; nothing is ever merged by itself.

Pure. Twins have the same initials, name and birth date: two first names are two children, and so
are two children of one household, whatever they are called.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


@dataclass(frozen=True)
class Named:
    """A child as it is written somewhere, and the households that are known there."""

    first_name: str
    last_name: str
    birth_date: date
    households: frozenset[str] = frozenset()


def could_be_one(one: Named, other: Named) -> bool:
    """
    Say whether somebody should look whether these are one child.

    Of two last names one may hold the other: the second parent's is often left out.
    """
    if one.households & other.households or one.birth_date != other.birth_date:
        return False
    if _words(one.first_name) != _words(other.first_name):
        return False
    mine, theirs = _words(one.last_name), _words(other.last_name)
    return bool(mine and theirs) and (mine <= theirs or theirs <= mine)


def _words(name: str) -> frozenset[str]:
    """Return the words of a name, no matter capitals, accents, hyphens or apostrophes."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LIGATURES))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    spaced = "".join(sign if sign.isalnum() else " " for sign in letters)
    return frozenset(spaced.split())
