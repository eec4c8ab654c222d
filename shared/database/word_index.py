"""
Words under which somebody is found: an index of names that a search need not read whole.

A table has a row for each word of each subject. What was typed is compared with the words that
there are, a few thousand in any town, over which the index is skipped from one to the next; then
the subjects of the words that answer are read, and nobody else.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, delete, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from shared.database.chunks import ordered_chunks
from shared.database.statements import among, rows_among
from shared.database.store import Write
from shared.database.tables.types import LONGEST_WORD
from shared.text import nearly_matches, searchable

Column = InstrumentedAttribute[str]


def words_of(*names: str) -> list[str]:
    """Return the words that somebody of these names answers to, each name for itself."""
    return [word for name in names for word in searchable(name).split()]


def keep_words(write: Write, subject: Column, words: Mapping[str, Collection[str]]) -> None:
    """Let these subjects answer to these words, and to no others any more."""
    table = subject.class_.__table__
    wanted = {each: {one[:LONGEST_WORD] for one in several} for each, several in words.items()}
    there = _words_of_subjects(write, subject, wanted)
    changed = {each: some for each, some in wanted.items() if some != there[each]}
    for some in ordered_chunks(changed.keys() & there.keys()):
        write.execute(delete(table).where(table.c[subject.key].in_(some)))
    rows = [
        {"word": word, subject.key: each}
        for each, several in changed.items()
        for word in sorted(several)
    ]
    if rows:
        write.execute(insert(table), rows)


def _words_of_subjects(
    session: Session, subject: Column, subjects: Collection[str]
) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each, word in rows_among(session, _words_among(subject), subjects):
        found[each].add(word)
    return found


@cache
def _words_among(subject: Column) -> Executable:
    return select(subject, subject.class_.word).where(subject.in_(among()))


def words_there(session: Session, table: Any) -> list[str]:
    """Return every word that somebody answers to, once."""
    there = select(func.min(table.word).label("word")).cte("there", recursive=True)
    further = aliased(table)
    next_word = select(func.min(further.word)).where(further.word > there.c.word)
    some = there.c.word.is_not(None)
    there = there.union_all(select(next_word.scalar_subquery()).where(some))
    return list(session.scalars(select(there.c.word).where(there.c.word.is_not(None))))


def containing(known: Collection[str], words: Iterable[str]) -> Iterator[list[str]]:
    """Give for each word those of the known ones in which it stands."""
    return ([other for other in known if word in other] for word in words)


def nearly(known: Collection[str], words: Iterable[str]) -> Iterator[list[str]]:
    """Give for each word those of the known ones that answer to it, one letter forgiven."""
    return ([other for other in known if nearly_matches([word], other)] for word in words)


def answers_each(
    who: Column, subject: Column, choices: Iterable[Collection[str]]
) -> ColumnElement[bool]:
    """Return the condition that somebody answers to a word of each of these choices."""
    return and_(
        *(who.in_(select(subject).where(subject.class_.word.in_(some))) for some in choices)
    )
