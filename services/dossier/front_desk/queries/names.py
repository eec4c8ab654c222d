"""
People who could be meant by a name typed at a counter: some hundred, by the index of words.

They are compared with the name one by one (`rules.find_people`); nobody else of the town is read.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.dossier.front_desk.rules import Query, clear_name_cache, words_alike
from services.dossier.models import Child, ChildNameWord, Guardian, GuardianNameWord
from shared.database.words.word_index import (
    READ_WHOLE_AFTER,
    KnownWords,
    answers_each,
    words_of,
)
from shared.runtime.expiry_timer import Forgetting
from shared.text import folded

MOST_COMPARED = 300
"""People of each kind of likeness; of a name that more have, one types the other name too."""

MOST_TYPED = 8
"""Words of a query that are looked for."""

Column = InstrumentedAttribute[str]

_known = KnownWords(ChildNameWord, GuardianNameWord)
_compared = Forgetting(READ_WHOLE_AFTER.total_seconds(), clear_name_cache)


Choices = Sequence[Sequence[Collection[str]]]
"""Ways to be meant, the likeliest first: somebody answers to a word of each of these."""


def exact_choices(query: Query) -> Choices:
    """Return the one way to have every word that was typed."""
    typed = _words_typed(query)
    return [[[word] for word in typed]] if typed else []


def alike_choices(session: Session, query: Query) -> Choices:
    """Return the ways to have all words, then all of them nearly, then any of them nearly."""
    typed = _words_typed(query)
    known = _known.read(session)
    alike = {word: words_alike(word, known) for word in _pieces(query.text, typed)}
    any_of_them = [[some] for some in alike.values() if some]
    return [*exact_choices(query), [alike[word] for word in typed], *any_of_them] if typed else []


def children_meant(session: Session, query: Query, choices: Choices) -> ColumnElement[bool]:
    """Return the condition of the children whom a query could mean, of `Child`."""
    found = _subjects_meant(session, ChildNameWord.child_id, choices)
    if query.born is not None:
        born = select(Child.id).where(Child.birth_date == query.born)
        found |= set(session.scalars(born.limit(MOST_COMPARED)))
    return Child.id.in_(found)


def guardians_meant(
    session: Session, choices: Choices, also: Collection[str] = ()
) -> ColumnElement[bool]:
    """Return the condition of the guardians whom a query could mean, or of these; `Guardian`."""
    found = _subjects_meant(session, GuardianNameWord.guardian_id, choices)
    return Guardian.id.in_(found.union(also))


def _subjects_meant(session: Session, subject: Column, choices: Choices) -> set[str]:
    found: set[str] = set()
    for each in choices:
        rows = select(subject).where(answers_each(subject, subject, each)).distinct()
        found.update(session.scalars(rows.order_by(subject).limit(MOST_COMPARED)))
    _compared.remembered()
    return found


def _words_typed(query: Query) -> Sequence[str]:
    return folded(query.text).split()[:MOST_TYPED]


def _pieces(text: str, typed: Sequence[str]) -> list[str]:
    """Return the words typed, and what two of them could be in one piece: Le Goff, Legoff."""
    joined = [one + other for one, other in pairwise(typed)]
    return list(dict.fromkeys([*typed, *words_of(text)[: 2 * MOST_TYPED], *joined]))
