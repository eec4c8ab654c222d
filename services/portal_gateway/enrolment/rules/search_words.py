"""
Words by which families look for an activity or its price, typing mistakes included. Pure.

Every word that was typed must be found: as the beginning of a word of what is sought, or close to
one: the longer a word, the more signs of it may be wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from rapidfuzz.distance import OSA

from shared.text import folded

T = TypeVar("T")

MOST_WORDS = 6
FORGIVEN_FROM = (4, 7, 10)
"""Length in signs from which a word may have one wrong sign, two, three."""

_LITTLE = frozenset(
    folded(
        "de du des la le les l d a au aux en et pour un une ma mon mes est je comment the of for"
    ).split()
)

SAID: Mapping[str, str] = {
    "school": "école scolaire périscolaire school",
    "canteen": "cantine repas déjeuner midi restauration canteen lunch meal",
    "leisure_centre": (
        "centre de loisirs aéré garderie périscolaire mercredi vacances accueil leisure care"
    ),
    "sport": "sport",
    "swimming": "piscine natation nager swimming",
    "music": "musique conservatoire instrument solfège chant music",
    "transport": "transport car bus ramassage navette",
    "overnight": "séjour colonie camp nuit camp",
}
"""Families' words for kinds and tags of activities, besides a provider's own names."""

INSTEAD: Mapping[str, tuple[str, ...]] = {
    "centre aere": ("centre loisirs",),
    "colo": ("sejour", "centre vacances"),
    "etude": ("accueil soir", "garderie"),
    "garderie": ("accueil soir", "accueil matin"),
    "nounou": ("accueil soir",),
    "foot": ("football", "sport"),
    "gym": ("gymnastique", "sport"),
    "basket": ("sport",),
    "tennis": ("sport",),
    "danse": ("musique", "sport"),
    "piano": ("musique",),
    "guitare": ("musique",),
    "dessin": ("atelier",),
    "bus": ("transport",),
    "periscolaire": ("accueil",),
}
"""Words of families, and names here: tried where nothing bears their own word."""


def query_words(query: str) -> list[str]:
    """Return the words of a query that say something, folded."""
    return [word for word in folded(query).split() if word not in _LITTLE][:MOST_WORDS]


def ways_to_say_query(query: str) -> list[list[str]]:
    """Return the words of a query, then those of each other way to say it."""
    said = " ".join(query_words(query))
    others = [
        _replace_phrase(said, phrase, other)
        for phrase, several in INSTEAD.items()
        if f" {phrase} " in f" {said} "
        for other in several
    ]
    return [query_words(each) for each in (said, *others)]


def best_matches(
    candidates: Iterable[tuple[Collection[str], T]], query: str
) -> tuple[list[T], bool]:
    """
    Return what answers to a query, and whether it does so as typed or said otherwise.

    Where nothing bears the words themselves, the other ways to say them are tried, then mistakes.
    """
    candidates = list(candidates)
    for words in ways_to_say_query(query):
        exact = [each for known, each in candidates if count_mistakes(known, words) == 0]
        if exact:
            return exact, True
    scored = [
        (mistakes, each)
        for known, each in candidates
        if (mistakes := count_mistakes(known, query_words(query))) >= 0
    ]
    return [each for _, each in sorted(scored, key=lambda pair: pair[0])], not scored


def count_mistakes(known_words: Collection[str], words: Sequence[str]) -> int:
    """Return how many signs are wrong in all; -1 where a word is not found."""
    total = 0
    for word in words:
        wrong = min((_count_wrong_signs(word, known) for known in known_words), default=99)
        if wrong > _forgiven_mistakes(word):
            return -1
        total += wrong
    return total


def _replace_phrase(said: str, phrase: str, other: str) -> str:
    return f" {said} ".replace(f" {phrase} ", f" {other} ").strip()


def _count_wrong_signs(word: str, other: str) -> int:
    """Return how far a word is from the other, or from its beginning where it is cut short."""
    if other.startswith(word):
        return 0
    most = _forgiven_mistakes(word)
    if not most:
        return 99
    starts = {other, other[: len(word)], other[: len(word) + 1]}
    return min(OSA.distance(word, start, score_cutoff=most) for start in starts)


def _forgiven_mistakes(word: str) -> int:
    return sum(len(word) >= length for length in FORGIVEN_FROM)
