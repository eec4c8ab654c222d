"""
Finding a price by what one calls the activity, with accents or without, typing mistakes included.

Pure. Every word that was typed must be found: as the beginning of a word of the activity, or close
to one: the longer a word, the more signs of it may be wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rapidfuzz.distance import OSA

from shared.text import folded

MOST_WORDS = 6
FORGIVEN_FROM = (4, 7, 10)
"""Length in signs from which a word may have one wrong sign, two, three."""

_LITTLE = frozenset(folded("de du des la le les l d a au aux en et pour the of for").split())

SAID: Mapping[str, str] = {
    "school": "école scolaire school",
    "canteen": "cantine repas déjeuner midi restauration canteen lunch meal",
    "leisure_centre": "centre de loisirs garderie périscolaire mercredi vacances leisure care",
    "sport": "sport",
    "swimming": "piscine natation swimming",
    "music": "musique conservatoire danse chant music dance",
    "transport": "transport car bus ramassage",
}
"""Families' words for kinds and tags of activities, besides a provider's own names."""


@dataclass(frozen=True)
class Entry:
    """One tariff that can be found; `words` are folded. `groups` are those that are on offer."""

    provider: str
    tariff: str
    kind: str
    words: tuple[str, ...]
    groups: Sequence[Mapping[str, Any]] = ()

    @staticmethod
    def of(
        provider: str,
        tariff: str,
        kind: str,
        texts: Iterable[str],
        groups: Sequence[Mapping[str, Any]] = (),
    ) -> "Entry":
        """Return an entry that answers to these texts and to what its kind is called."""
        words = folded(" ".join([*texts, SAID.get(kind, "")])).split()
        return Entry(provider, tariff, kind, tuple(dict.fromkeys(words)), groups)


@dataclass(frozen=True)
class SearchResult:
    """Entries found, the best first; `exact`: without a typing mistake."""

    entries: Sequence[Entry]
    exact: bool


def find_entries(
    entries: Iterable[Entry],
    query: str = "",
    *,
    provider: str = "",
    kind: str = "",
    age: int | None = None,
    on: date,
) -> SearchResult:
    """Return the entries that answer to a query, of a provider, a kind, for an age in years."""
    kept = [
        entry
        for entry in entries
        if (not provider or entry.provider == provider)
        and (not kind or entry.kind == kind)
        and (age is None or takes_age(entry, age, on))
    ]
    query_words = _query_words(query)
    scored = [
        (mistakes, entry)
        for entry in kept
        if (mistakes := _count_mistakes(entry, query_words)) >= 0
    ]
    exact = [entry for mistakes, entry in scored if mistakes == 0]
    if exact or not scored:
        return SearchResult(exact, True)
    return SearchResult([entry for _, entry in sorted(scored, key=lambda pair: pair[0])], False)


def takes_age(entry: Entry, age: int, on: date) -> bool:
    """Say whether a child of that age may come; who says no years takes all."""
    if not entry.groups:
        return True
    first, last = _birth_range(age, on)
    return any(
        (group["born_from"] or "") <= last and first <= (group["born_to"] or "9999")
        for group in entry.groups
    )


def _query_words(query: str) -> list[str]:
    words = folded(query).split()
    return [word for word in words if word not in _LITTLE][:MOST_WORDS]


def _count_mistakes(entry: Entry, query_words: Sequence[str]) -> int:
    """Return how many signs are wrong in all; -1 where a word is not found."""
    total = 0
    for word in query_words:
        wrong = min((_distance(word, known_word) for known_word in entry.words), default=99)
        if wrong > _forgiven_mistakes(word):
            return -1
        total += wrong
    return total


def _distance(word: str, other: str) -> int:
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


def _birth_range(age: int, on: date) -> tuple[str, str]:
    """Return between which days a child of that age in years was born, both included."""
    first = _years_before(on, age + 1) + timedelta(days=1)
    return first.isoformat(), _years_before(on, age).isoformat()


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
