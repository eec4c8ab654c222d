"""
Names of schools as people write them: the town's own spelling, and those that are near. Pure.

« jean moulin » is the « École élémentaire Jean-Moulin » where the town has no other Jean-Moulin.
"""

from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

from shared.text import folded

_KINDS = frozenset(
    {"ecole", "groupe", "scolaire", "maternelle", "elementaire", "primaire", "publique", "public"}
    | {"de", "du", "des", "la", "le", "les", "l", "d"}
)
"""Words that say what kind of school it is, and not which."""
_NEAR = 80
"""Likeness of 100 from which a name is one that could have been meant."""
MOST_NEAR = 3


def own_spelling(written: str, schools: Mapping[str, Iterable[str]] | Iterable[str]) -> str:
    """
    Return the town's name of a school that is written so, "" of none or more than one.

    `schools` are names, or their former names by name: who writes one of those means the school.
    """
    former = schools if isinstance(schools, Mapping) else {}
    by_name = {folded(each): name for name, names in former.items() for each in names}
    by_name |= {folded(name): name for name in schools}
    if folded(written) in by_name:
        return by_name[folded(written)]
    key = _distinctive_words(written)
    found = {name for each, name in by_name.items() if _distinctive_words(each) == key}
    return found.pop() if key and len(found) == 1 else ""


def near_schools(written: str, schools: Iterable[str]) -> list[str]:
    """Return the town's schools of which one could be meant, the nearest first."""
    keys = {name: _distinctive_words(name) for name in schools}
    found = process.extract(
        _distinctive_words(written),
        keys,
        scorer=fuzz.token_sort_ratio,
        score_cutoff=_NEAR,
        limit=MOST_NEAR,
    )
    return [name for _key, _score, name in found]


def _distinctive_words(name: str) -> str:
    words = folded(name).split()
    return " ".join(word for word in words if word not in _KINDS) or " ".join(words)
