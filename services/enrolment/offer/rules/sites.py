"""The site of a group: its school where it is named after one, else where the activity is. Pure."""

from collections.abc import Iterable

from shared.text import folded

_KINDS = ("ecole", "ecoles", "maternelle", "elementaire", "primaire")
_SAID_OF_MANY = frozenset((*_KINDS, "de", "du", "des", "d", "la", "le", "les", "l"))


def site_of_group(label: str, site: str, schools: Iterable[str]) -> str:
    """
    Return the school whose name a group's label has, « Cantine de l’école Jules-Ferry », or a site.

    Of an activity that is « Dans chaque école », the groups are where the schools are.
    """
    words = set(folded(label).split())
    named = [school for school in schools if _own_words(school) and _own_words(school) <= words]
    return max(named, key=lambda school: (len(_own_words(school)), school), default=site)


def _own_words(school: str) -> set[str]:
    return set(folded(school).split()) - _SAID_OF_MANY
