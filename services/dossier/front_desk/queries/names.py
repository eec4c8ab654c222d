"""
People who could be meant by a name typed at a counter: some hundred, by the index of words.

They are compared with the name one by one (`rules.find_people`); nobody else of the town is read.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.dossier.front_desk.rules import Query, words_alike
from services.dossier.models import Child, ChildNameWord, Guardian, GuardianNameWord
from shared.database.word_index import answers_each, words_of, words_there
from shared.text import folded

MOST_COMPARED = 300
"""People of each kind of likeness; of a name that more have, one types the other name too."""

MOST_TYPED = 8
"""Words of a query that are looked for."""

Column = InstrumentedAttribute[str]


def children_alike(session: Session, query: Query) -> ColumnElement[bool]:
    """Return the condition of the children whom a query could mean, of `Child`."""
    found = _subjects_alike(session, ChildNameWord.child_id, query)
    if query.born is not None:
        born = select(Child.id).where(Child.birth_date == query.born)
        found |= set(session.scalars(born.limit(MOST_COMPARED)))
    return Child.id.in_(found)


def guardians_alike(
    session: Session, query: Query, also: Collection[str] = ()
) -> ColumnElement[bool]:
    """Return the condition of the guardians whom a query could mean, or of these; `Guardian`."""
    found = _subjects_alike(session, GuardianNameWord.guardian_id, query)
    return Guardian.id.in_(found.union(also))


def _subjects_alike(session: Session, subject: Column, query: Query) -> set[str]:
    """Return who answers to all words, then to all of them nearly, then to any of them nearly."""
    typed = folded(query.text).split()[:MOST_TYPED]
    known = words_there(session, subject.class_) if typed else []
    alike = {word: words_alike(word, known) for word in _pieces(query.text, typed)}
    found: set[str] = set()
    for choices in _choices(typed, alike):
        condition = answers_each(subject, subject, choices)
        rows = select(subject).where(condition).distinct().order_by(subject)
        found.update(session.scalars(rows.limit(MOST_COMPARED)))
    return found


def _pieces(text: str, typed: Sequence[str]) -> list[str]:
    """Return the words typed, and what two of them could be in one piece: Le Goff, Legoff."""
    joined = [one + other for one, other in pairwise(typed)]
    return list(dict.fromkeys([*typed, *words_of(text)[: 2 * MOST_TYPED], *joined]))


def _choices(
    typed: Sequence[str], alike: dict[str, list[str]]
) -> Iterator[Sequence[Sequence[str]]]:
    if typed:
        yield [[word] for word in typed]
        yield [alike[word] for word in typed]
        yield from ([some] for some in alike.values() if some)
