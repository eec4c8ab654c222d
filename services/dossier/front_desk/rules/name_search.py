"""
Search by name at the front desk, tolerant of spelling mistakes and of the order of words.

Pure. Capitals, accents, hyphens and apostrophes make no difference; a name is also known by how it
sounds in French (Philippe, Filipe). A given birth date raises the score and excludes no person.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from shared.database.words.word_list import WordList
from shared.text import folded, searchable_words

LEAST = 0.82
LEAST_WITH_DAY = 0.60
"""Least likeness of a name, alone and with the same birth date."""

ROUGH, ROUGHLY_LIKE = 62, 400
"""A first look takes this many names at most, by how they sound, before they are compared well."""

SAME_DAY, NEAR_DAY = 0.15, 0.07
SOUNDS_LIKE, BEGINS_LIKE = 0.93, 0.90
LEAST_PREFIX = 3
MOST_KNOWN, MOST_WORDS = 20_000, 200_000
"""Names and words of which a process remembers how they sound."""

_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"eaux?|aux?(?![aeiouy])", "o"),
        (r"(ai|ei|ay|ey)(?![mn])", "e"),
        (r"(ain|ein|aim|eim|ym|yn|im)(?![aeiouy])", "in"),
        (r"(em|en|am)(?=[bcdfgjklmpqrstvz])", "an"),
        (r"om(?=[bcdfgjklmpqrstvz])", "on"),
        (r"qu|ck|ch(?=[rl])|q|c(?=[aourlt]|$)", "k"),
        (r"c(?=[eiy])|sc(?=[eiy])", "s"),
        (r"ge(?=[aou])|g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"y", "i"),
        (r"z", "s"),
        (r"w", "v"),
        (r"(?<!c|s)h", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)(es|[estdxp])$", ""),
    )
]


@dataclass(frozen=True)
class Query:
    """A query of the front desk: a name or part of it, and a birth date if given."""

    text: str
    born: date | None = None


@dataclass(frozen=True)
class Person:
    """A person whom a search may return: a child has a birth date, a guardian has none."""

    name: str
    born: date | None = None


@dataclass(frozen=True)
class _Name:
    """
    `pieces` are the words, then what an apostrophe or a little word joins: dalencon.

    `answers` are the pieces without their sounds.
    """

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    pieces: tuple[tuple[str, str], ...]
    answers: frozenset[str]
    joined: str


def likeness_of_near_words(word: str, known: WordList) -> Mapping[str, float]:
    """
    Return those of these words that somebody could mean by this one, the most alike first.

    As names have them, with how like they are.
    """
    sound = _french_sound(word)
    alike = {word} if word in known else set[str]()
    if len(word) >= LEAST_PREFIX:
        alike.update(known.words_beginning_with(word))
    if len(sound) > 1:
        alike.update(known.words_by_key(_french_sound).get(sound, ()))
    if len(word) > LEAST_PREFIX:
        alike.update(_near_words(word, known))
    found = {one: _word_likeness((word, sound), (one, _french_sound(one))) for one in alike}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _near_words(word: str, known: WordList) -> Iterator[str]:
    near = process.extract(
        word,
        known.words,
        scorer=JaroWinkler.similarity,
        processor=None,
        limit=None,
        score_cutoff=LEAST,
    )
    return (other for other, _score, _place in near)


def find_most_alike_people(query: Query, people: Mapping[str, Person], most: int) -> list[str]:
    """Return the keys of the people it could be, the most alike first, `most` at most."""
    return most_alike_first(likeness_of_people(query, people), people)[:most]


def most_alike_first(alike: Mapping[str, float], people: Mapping[str, Person]) -> list[str]:
    """Return the keys of people by how like they are, and then by name."""
    return sorted(alike, key=lambda key: (-alike[key], _split_name(people[key].name).words, key))


def likeness_of_people(query: Query, people: Mapping[str, Person]) -> dict[str, float]:
    """Return by key how like those people are to what was typed whom it could be."""
    search = _Search(query)
    rough = _rough_matches(query, search.typed, people) if search.typed.words else set()
    return {key: like for key in rough if (like := search.likeness(people[key])) > 0}


def likeness_of_person(query: Query, person: Person) -> float:
    """Return how like a person is to what was typed; 0 where it is too little."""
    return _Search(query).likeness(person)


class _Search:
    """A query, and how like the words that it has met are to each of its own."""

    def __init__(self, query: Query) -> None:
        self._born, self.typed = query.born, _split_name(query.text)
        self._words = [
            _WordLikeness(word) for word in zip(self.typed.words, self.typed.sounds, strict=True)
        ]

    def likeness(self, person: Person) -> float:
        """Return how like a person is; 0 where it is too little."""
        alike = self._likeness_of_name(_split_name(person.name))
        day = _birth_date_likeness(self._born, person.born)
        least = LEAST_WITH_DAY if day == SAME_DAY else LEAST
        return alike + day if alike >= least else 0.0

    def _likeness_of_name(self, known: _Name) -> float:
        """Return the likeness of two names by their nearest words; what is left out is free."""
        if not self._words or not known.words:
            return 0.0
        if known.answers.issuperset(self.typed.words):
            return 1.0
        nearest = (max(map(word.__getitem__, known.pieces)) for word in self._words)
        together = fuzz.ratio(self.typed.joined, known.joined) / 100
        return max(sum(nearest) / len(self._words), together)


class _WordLikeness(dict[tuple[str, str], float]):
    """The likeness to a word that was typed, by word and sound; each is compared once."""

    def __init__(self, typed: tuple[str, str]) -> None:
        self._typed = typed

    def __missing__(self, known: tuple[str, str]) -> float:
        self[known] = like = _word_likeness(self._typed, known)
        return like


def _rough_matches(query: Query, search: _Name, people: Mapping[str, Person]) -> set[str]:
    """Take a first look at thousands of names by their sound; who was born that day stays."""
    sounds = {key: " ".join(_split_name(person.name).sounds) for key, person in people.items()}
    rough = process.extract(
        " ".join(search.sounds),
        sounds,
        scorer=fuzz.partial_token_sort_ratio,
        processor=None,
        limit=ROUGHLY_LIKE,
        score_cutoff=ROUGH,
    )
    born = {key for key, person in people.items() if query.born and person.born == query.born}
    return {key for _sound, _score, key in rough} | born


def _word_likeness(query_word: tuple[str, str], known: tuple[str, str]) -> float:
    (word, sound), (other, its_sound) = query_word, known
    if word == other:
        return 1.0
    score = JaroWinkler.similarity(word, other) if len(word) > LEAST_PREFIX else 0.0
    if len(sound) > 1 and sound == its_sound:
        score = max(score, SOUNDS_LIKE)
    if len(word) >= LEAST_PREFIX and other.startswith(word):
        score = max(score, BEGINS_LIKE)
    return score


def _birth_date_likeness(query_word: date | None, known: date | None) -> float:
    """Return the score of two birth dates: day and month swapped, or one part wrong, are near."""
    if query_word is None or known is None:
        return 0.0
    if query_word == known:
        return SAME_DAY
    parts = zip(_date_parts(query_word), _date_parts(known), strict=True)
    swapped = (query_word.year, query_word.month, query_word.day) == (
        known.year,
        known.day,
        known.month,
    )
    return NEAR_DAY if swapped or sum(one == other for one, other in parts) == 2 else 0.0


def _date_parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def clear_name_cache() -> None:
    """Forget the names that were compared and how their words sound: some were erased since."""
    _split_name.cache_clear()
    _french_sound.cache_clear()


@lru_cache(maxsize=MOST_KNOWN)
def _split_name(text: str) -> _Name:
    words = tuple(folded(text).split())
    pieces = tuple((word, _french_sound(word)) for word in searchable_words(text, words))
    sounds = tuple(_french_sound(word) for word in words)
    answers = frozenset(word for word, _sound in pieces)
    return _Name(words, sounds, pieces, answers, "".join(sorted(words)))


@lru_cache(maxsize=MOST_WORDS)
def _french_sound(word: str) -> str:
    """Return how a word sounds in French, roughly; never nothing."""
    sound = word
    for pattern, spelling in _SOUNDS:
        sound = pattern.sub(spelling, sound)
    return sound or word
