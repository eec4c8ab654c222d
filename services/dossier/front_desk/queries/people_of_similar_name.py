"""
People who could be meant by a name typed at a counter, those whose words are the most alike first.

The index of words says who has which of them. Some dozen people at a time are compared with the
name one by one (`rules.likeness_of_people`), until nobody still to come can be more alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count, islice, pairwise, takewhile, zip_longest
from typing import Any, NamedTuple

from sqlalchemy import CTE, CompoundSelect, Select, Subquery, bindparam, null, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.dossier.front_desk.rules.name_search import (
    LEAST,
    Person,
    Query,
    clear_name_cache,
    likeness_of_near_words,
)
from services.dossier.models import Child, ChildNameWord, Guardian, GuardianNameWord
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.words.word_index import READ_WHOLE_AFTER, KnownWords, words_of_names
from shared.runtime.expiring_caches import Forgetting
from shared.text import folded

MOST_EQUAL, MOST_NEAR, MOST_OF_ANY = 20, 1_000, 100
"""
Rows that are read of children and guardians, each: of who has all words that were typed, who are
equally like; of who has near words of all; of who has one of them. Where it takes more of the first
to find a page of people whom a desk may find, more are read.
"""

FIRST_COMPARED = 40
"""People whose names are compared first, and then four times as many: a page has a dozen."""

MOST_TYPED = 8
"""Words of a query that are looked for."""

SAME_WORD = 1.0
"""The likeness of a word to itself."""

Column = InstrumentedAttribute[str]
Words = Mapping[str, float]
"""Words as names have them, the most alike first, with how like the one that was typed."""

_CHILDREN, _GUARDIANS = ChildNameWord.child_id, GuardianNameWord.guardian_id
_NAMED: Mapping[Column, Sequence[Any]] = {
    _CHILDREN: (Child.id, Child.first_name + " " + Child.last_name, Child.birth_date),
    _GUARDIANS: (Guardian.id, Guardian.name, null()),
}
"""Id, name and birth date of who answers to a word, by the column that says who."""
_EVERYBODY = tuple(_NAMED)

_known = KnownWords(ChildNameWord, GuardianNameWord)
_compared = Forgetting(READ_WHOLE_AFTER.total_seconds(), clear_name_cache)


class _Look(NamedTuple):
    """
    A look at those who have a word of each of these; of some words typed nothing is asked.

    `rest` is how like somebody can be, by the words, whom no look has found so far.
    """

    near: Sequence[Words]
    most: int
    rest: float
    left_out: int = 0

    def likeness(self, words: Iterable[str]) -> float:
        """Return how like somebody can be who has these, and not every word left out nearly."""
        others = self.left_out - 1 + LEAST if self.left_out else 0.0
        alike = sum(near[word] for near, word in zip(self.near, words, strict=True))
        return (alike + others) / (len(self.near) + self.left_out)

    def has_several(self) -> bool:
        """Say whether several words go together, and there is a choice of some."""
        return len(self.near) > 1 and any(len(words) > 1 for words in self.near)

    def highest_likeness(self) -> float:
        """Return how like somebody can be whom this look finds."""
        return self.likeness(next(iter(words)) for words in self.near)


class _Found(NamedTuple):
    """A person, and how like by the words that a look has found."""

    likeness: float
    person: Person


class Portion(NamedTuple):
    """People to be compared; `rest` is how like by the words those can be who are still to come."""

    people: Mapping[str, Person]
    rest: float


def portions_of_people_meant(session: Session, query: Query) -> Iterator[Portion]:
    """
    Give the people whom a query could mean, those first whose words are the most alike.

    All of them at once where a birth date counts too.
    """
    if query.born is not None:
        yield Portion(_everybody_meant(session, query), 0.0)
        return
    known: set[str] = set()
    for look in _looks(session, query):
        for found in _people_found_and_more(session, look):
            fresh = sorted(found.keys() - known, key=lambda who: (-found[who].likeness, who))
            known.update(fresh)
            for some, following in _growing_portions(fresh):
                rest = max(look.rest, found[following].likeness) if following else look.rest
                yield Portion({who: found[who].person for who in some}, rest)


def guardians_possibly_meant(session: Session, query: Query) -> set[str]:
    """Return all the guardians whom a query could mean."""
    looks = _looks(session, query)
    return {who for look in looks for who in _people_found(session, look, (_GUARDIANS,))}


def _everybody_meant(session: Session, query: Query) -> dict[str, Person]:
    who, name, born = _NAMED[_CHILDREN]
    that_day = select(who, name, born).where(born == query.born, name.is_not(None))
    rows = session.execute(that_day.limit(MOST_NEAR))
    people = {child_id: Person(*named) for child_id, *named in rows}
    for look in _looks(session, query):
        found = _people_found(session, look)
        people |= {who: each.person for who, each in found.items()}
    return people


def _growing_portions(subjects: Sequence[str]) -> Iterator[tuple[Sequence[str], str | None]]:
    """Give the first ones, then more at a time, each time with who follows; once of nobody."""
    start, size = 0, FIRST_COMPARED
    while start == 0 or start < len(subjects):
        end = start + size
        yield subjects[start:end], subjects[end] if end < len(subjects) else None
        start, size = end, size * 4


def _looks(session: Session, query: Query) -> Iterator[_Look]:
    """
    Give the looks at who has all words, then near ones of all, then one near to any.

    Who has near words of all comes before all who have not: where they fill the page it is theirs.
    Not looked at is who is like the whole name by its letters alone.
    """
    typed = folded(query.text).split()[:MOST_TYPED]
    if not typed:
        return
    yield _look_at_same(typed)
    known = _known.read(session)
    yield from (
        _look_at_same(words) for words in _two_joined(typed) if all(map(known.__contains__, words))
    )
    near = [likeness_of_near_words(word, known) for word in typed]
    if len(typed) > 1:
        yield _Look(near, MOST_NEAR, 0.0)
    yield from _looks_at_single_words(near, len(typed))
    pieces = (word for word in _words_and_joined_pairs(query.text, typed) if word not in typed)
    near = [likeness_of_near_words(word, known) for word in pieces]
    yield from _looks_at_single_words(near, len(typed))


def _look_at_same(words: Sequence[str]) -> _Look:
    return _Look([{word: SAME_WORD} for word in words], MOST_EQUAL, SAME_WORD)


def _looks_at_single_words(several: Iterable[Words], typed: int) -> Iterator[_Look]:
    """Give the looks at who has a word of any of these, those first that are the most alike."""
    looks = [
        _Look([tier], MOST_OF_ANY, 0.0, typed - 1) for words in several for tier in _tiers(words)
    ]
    looks.sort(key=_Look.highest_likeness, reverse=True)
    for look, following in zip_longest(looks, looks[1:]):
        yield look._replace(rest=following.highest_likeness() if following else 0.0)


def _tiers(words: Words) -> Iterator[Words]:
    """Give the same word, the nearest to it by itself, then more and more of the others."""
    several = iter(words.items())
    if same := sum(likeness == SAME_WORD for likeness in words.values()):
        yield dict(islice(several, same))
    growing = (dict(islice(several, 4**times)) for times in count())
    yield from takewhile(bool, growing)


def _people_found_and_more(session: Session, look: _Look) -> Iterator[dict[str, _Found]]:
    """Give those whom a look finds, and once more of them where there are more equals."""
    yield (found := _people_found(session, look))
    if look.most == MOST_EQUAL and len(found) >= look.most:
        yield _people_found(session, look._replace(most=MOST_NEAR))


def _people_found(
    session: Session, look: _Look, subjects: tuple[Column, ...] = _EVERYBODY
) -> dict[str, _Found]:
    """Return those whom a look finds, and how like they can be by the words that it found."""
    words = {_parameter_name(nth): some.keys() for nth, some in enumerate(look.near)}
    statement = _select_people(subjects, len(look.near), gathers=look.has_several())
    found: dict[str, _Found] = {}
    of_words = cache(look.likeness)
    for who, name, born, *each in execute(session, statement, most=look.most, **words).all():
        likeness = of_words(tuple(each))
        if who not in found or found[who].likeness < likeness:
            found[who] = _Found(likeness, Person(name, born))
    _compared.schedule_forgetting()
    return found


@cache
def _select_people(
    subjects: tuple[Column, ...], words: int, *, gathers: bool
) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement of those who have a word of each of so many choices, with the words."""
    return union_all(*(_select_named(subject, words, gathers) for subject in subjects))


def _select_named(subject: Column, number: int, gathers: bool) -> Select[*tuple[Any, ...]]:
    """
    Return the statement of those of a kind who are found, in the order of their ids.

    It gathers first who has any of several words: SQLite would look up each of them for each person
    who has the others. Of single words it looks up the second for who has the first.
    """
    several = [_select_having_word(subject, nth, gathers) for nth in range(number)]
    first, *others = several
    rows = select(first.c[subject.key].label("who"), *(each.c.word for each in several))
    for each in others:
        rows = rows.join(each, each.c[subject.key] == first.c[subject.key])
    ordered = rows.order_by(*rows.selected_columns).limit(bindparam("most"))
    meant = ordered.subquery(f"meant_{subject.key}")
    who, *named = _NAMED[subject]
    _who, *words = meant.c
    return select(meant.c.who, *named, *words).join(who.class_, who == meant.c.who)


def _select_having_word(subject: Column, nth: int, gathers: bool) -> CTE | Subquery:
    word = subject.class_.word
    rows = select(subject, word).where(word.in_(list_parameter(_parameter_name(nth))))
    name = f"{subject.class_.__tablename__}_{nth}"
    return rows.cte(name).prefix_with("MATERIALIZED") if gathers else rows.subquery(name)


def _parameter_name(nth: int) -> str:
    return f"words_{nth}"


def _two_joined(typed: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the words typed with two of them in one piece, each time another two."""
    for nth, (one, other) in enumerate(pairwise(typed)):
        yield [*typed[:nth], one + other, *typed[nth + 2 :]]


def _words_and_joined_pairs(text: str, typed: Sequence[str]) -> list[str]:
    """Return the words typed, and what two of them could be in one piece: Le Goff, Legoff."""
    joined = [one + other for one, other in pairwise(typed)]
    return list(dict.fromkeys([*typed, *words_of_names(text)[: 2 * MOST_TYPED], *joined]))
