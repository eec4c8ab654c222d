"""
First and last name of a person of whom one name is known; pure.

A guess, for an agent to correct or for a list to be ordered by. One rule for both: who is listed
under a name is handed over under it.
"""

from collections.abc import Sequence
from itertools import takewhile

from shared.text.folding import folded, is_same_name

_CIVILITIES = frozenset({"m.", "m", "mme", "mme.", "mlle", "mlle.", "monsieur", "madame"})
_PARTICLES = frozenset(
    {"le", "la", "les", "de", "du", "des", "van", "von", "der", "el", "al", "ben", "bel"}
    | {"da", "das", "do", "dos", "di", "del", "della"}
)
_ELIDED = ("d'", "d’")


def first_and_last_name(name: str) -> tuple[str, str]:
    """
    Return what is taken for the first and the last name; of a single word, the last.

    A last name is what stands in capitals at one end, with the particles before it; else what a
    particle begins; else all but the first word: of a double name both. A particle right after a
    civility begins it: no first name is said.
    """
    words = [word for word in name.split() if word.casefold() not in _CIVILITIES]
    start = _start_of_capitals_at_end(words)
    if start is None and (end := _count_capitals(words)) in range(1, len(words)):
        return " ".join(words[end:]), " ".join(words[:end])
    if start is None:
        first = 0 if words != name.split() else 1
        start = next((at for at in range(first, len(words)) if _begins_last_name(words, at)), 1)
    start = min(start, max(len(words) - 1, 0))
    return " ".join(words[:start]), " ".join(words[start:])


def is_made_of_names(known: str, given_names: str, family_names: str) -> bool:
    """
    Say whether a known name is made of some given names and of family names.

    The family name is that of birth or of use, or both, before or after; nothing else but a
    civility may be in the known name. A word may be in both: there are Paul Simons whose second
    given name is Simon. For names that others vouch for: more of them may be said than are known.
    """
    words = folded(" ".join(_words_after_civility(known))).split()
    given, family = set(folded(given_names).split()), set(folded(family_names).split())
    parts = [(set(words[:at]), set(words[at:])) for at in range(1, len(words))]
    return any(
        (first <= given and last <= family) or (first <= family and last <= given)
        for first, last in parts
    )


def is_known_by_typed_names(
    known: str, first_names: Sequence[str], family_names: Sequence[str]
) -> bool:
    """
    Say whether a known name is the first of the first names and one of the family names, whole.

    For names that somebody types: a word that is not known could be another person's. First names
    may follow. Hyphens, accents, capitals and what comes first of the two parts do not matter.
    """
    words = [word for word in _words_after_civility(known) if folded(word)]
    leading = {folded(" ".join(first_names[:end])) for end in range(1, len(first_names) + 1)}
    parts = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return any(
        folded(first) in leading and any(is_same_name(last, family) for family in family_names)
        for one, other in parts
        for first, last in ((one, other), (other, one))
    )


def _words_after_civility(name: str) -> list[str]:
    words = name.split()
    return words[1:] if words and words[0].casefold() in _CIVILITIES else words


def _start_of_capitals_at_end(words: Sequence[str]) -> int | None:
    """Return where a last name in capitals begins; None where none, or all is in capitals."""
    start = len(words) - _count_capitals(words[::-1])
    if start in (0, len(words)):
        return None
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return start


def _count_capitals(words: Sequence[str]) -> int:
    """Return how many words in capitals come first; an initial is none."""
    return len(list(takewhile(_is_in_capitals, words)))


def _is_in_capitals(word: str) -> bool:
    return word.isupper() and "." not in word and sum(map(str.isalpha, word)) > 1


def _begins_last_name(words: Sequence[str], at: int) -> bool:
    word = words[at].casefold()
    return word.startswith(_ELIDED) or (word in _PARTICLES and at < len(words) - 1)
