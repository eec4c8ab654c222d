"""
Index of names by word: a search by name need not read all of them.

A table has a row for each word of each subject. What was typed is compared with the words that
there are, a few thousand in any town, of which a process keeps a list; then the subjects of the
words that answer are read, and nobody else.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Executable,
    Pool,
    Select,
    and_,
    delete,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BinaryExpression

from shared.database.bulk_rows import insert_rows
from shared.database.chunks import ordered_chunks
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.database.store import Write
from shared.database.tables.types import LONGEST_WORD
from shared.database.words.word_list import BEHIND_ALL, WordList
from shared.dates.clock import now
from shared.runtime.expiring_caches import Forgetting
from shared.text import searchable_text

Column = InstrumentedAttribute[str]

NOTED_BEFORE_SEEN = timedelta(seconds=30)
"""The longest transaction that notes a word, and the difference of two hosts' clocks."""

READ_WHOLE_AFTER = timedelta(minutes=10)

CONTAINED_FROM = 3
"""The fewest letters of a word that is looked for within others, and not at their beginning."""

FEW = 500
"""Who answers to a letter is counted so far; of more some are shown without reading all."""


def words_of_names(*names: str) -> list[str]:
    """Return the words that somebody of these names answers to, each name for itself."""
    return [word for name in names for word in searchable_text(name).split()]


def keep_words(
    write: Write,
    subject: Column,
    words: Mapping[str, Collection[str]],
    *,
    are_new: bool = False,
) -> None:
    """Let these subjects answer to these words, and to no others any more; new ones had none."""
    table = subject.class_.__table__
    desired = {each: {one[:LONGEST_WORD] for one in several} for each, several in words.items()}
    there = {} if are_new else _words_of_subjects(write, subject, desired)
    changed = {each: some for each, some in desired.items() if some != there.get(each, set())}
    for some in ordered_chunks(changed.keys() & there.keys()):
        write.execute(delete(table).where(table.c[subject.key].in_(some)))
    noted_at = now()
    rows = [(word, each, noted_at) for each, several in changed.items() for word in sorted(several)]
    write.flush()
    insert_rows(write, table, ("word", subject.key, "noted_at"), rows)


def _words_of_subjects(
    session: Session, subject: Column, subjects: Collection[str]
) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each, word in rows_among(session, _select_words_among(subject), subjects):
        found[each].add(word)
    return found


@cache
def _select_words_among(subject: Column) -> Executable:
    return select(subject, subject.class_.word).where(subject.in_(among_parameter()))


class KnownWords:
    """
    The words of some tables as a process knows them: all are read once, then those noted since.

    Rows are noted a moment before others can see them: what was noted lately is read once more. A
    word whose writing took longer is there when all are read again; so long stays one under which
    nobody is found any more. Where nobody looks the list is forgotten: it has words of the erased.
    """

    def __init__(self, *tables: Any) -> None:
        self._tables = tables
        self._lists: WeakKeyDictionary[Pool, _Read] = WeakKeyDictionary()
        self._forgetting = Forgetting(READ_WHOLE_AFTER.total_seconds(), self._lists.clear)

    def read(self, session: Session) -> WordList:
        """Return the words that there are in this session's database."""
        pool, when = session.get_bind().engine.pool, now()
        before = self._lists.get(pool)
        if before is None or when - before.whole_at > READ_WHOLE_AFTER:
            words = WordList(
                word for table in self._tables for word in all_words_known(session, table)
            )
            return self._keep_word_list(pool, _Read(words, when, when))
        words, since = before.words, before.at - NOTED_BEFORE_SEEN
        noted = {
            word for table in self._tables for word in _words_noted_since(session, table, since)
        }
        if new := [word for word in noted if word not in words]:
            words = WordList([*words.words, *new])
        return self._keep_word_list(pool, _Read(words, when, before.whole_at))

    def _keep_word_list(self, pool: Pool, read: "_Read") -> WordList:
        self._lists[pool] = read
        self._forgetting.schedule_forgetting()
        return read.words


@dataclass(frozen=True)
class _Read:
    """Words read of a database, last at a moment; all of them at another."""

    words: WordList
    at: datetime
    whole_at: datetime


def _words_noted_since(session: Session, table: Any, since: datetime) -> Iterable[str]:
    return session.scalars(select(table.word).where(table.noted_at > since))


def all_words_known(session: Session, table: Any) -> list[str]:
    """Return every word that somebody answers to, once, skipping from one to the next."""
    there = select(func.min(table.word).label("word")).cte("there", recursive=True)
    further = aliased(table)
    next_word = select(func.min(further.word)).where(further.word > there.c.word)
    some = there.c.word.is_not(None)
    there = there.union_all(select(next_word.scalar_subquery()).where(some))
    return list(session.scalars(select(there.c.word).where(there.c.word.is_not(None))))


class _IsLookedUp(BinaryExpression[bool]):
    """
    Condition that a column has one of the values that a query finds (IN): each is looked up.

    PostgreSQL, which thinks that a dozen rare words have thousands of people, would walk all of a
    town beside them; of an array it looks up each.
    """

    inherit_cache = True


@compiles(_IsLookedUp, "postgresql")
def _write_array(element: _IsLookedUp, compiler: SQLCompiler, **options: Any) -> str:
    who, rows = (compiler.process(each, **options) for each in (element.left, element.right))
    return f"{who} = ANY (ARRAY{rows})"


def _is_looked_up(who: Column, rows: Select[str]) -> ColumnElement[bool]:
    there = who.in_(rows)
    return _IsLookedUp(there.left, there.right, there.operator, there.type, there.negate)


@dataclass(frozen=True)
class AnsweringWords:
    """Words of a query: somebody answers to one of each choice, and to one of each start."""

    subject: Column
    choices: Sequence[Collection[str]]
    starts: Sequence[str] = ()

    def condition(self, who: Column) -> ColumnElement[bool]:
        """Return the condition that somebody answers: who has a word is read, and looked up."""
        rows, word = select(self.subject), self.subject.class_.word
        several = [rows.where(each) for each in self._conditions_of_each(word)]
        if self.are_beginnings:
            return and_(*map(who.in_, several))
        return and_(*(_is_looked_up(who, some) for some in several))

    @property
    def are_beginnings(self) -> bool:
        """Say whether nothing but starts is asked, to which many answer."""
        return not self.choices

    def condition_one_by_one(self, who: Column, *, but_first: bool = False) -> ColumnElement[bool]:
        """
        Return the same condition, asked of one after another: for a walk that soon ends.

        Of starts alone: each of a long choice would be looked up for each who is asked.
        """
        row = aliased(self.subject.class_)
        own = getattr(row, self.subject.key) == who
        several = [exists().where(own, each) for each in self._conditions_of_each(row.word)]
        return and_(true(), *several[but_first:])

    def select_beginning_so(self) -> Select[str]:
        """Select who answers to starts, by the rows of the first: with a limit it stops there."""
        first, *_others = self._conditions_of_each(self.subject.class_.word)
        others = self.condition_one_by_one(self.subject, but_first=True)
        return select(self.subject).distinct().where(first, others)

    def _conditions_of_each(self, word: Column) -> list[ColumnElement[bool]]:
        starts = (and_(word >= start, word < start + BEHIND_ALL) for start in self.starts)
        return [*(word.in_(some) for some in self.choices), *starts]


def ways_of_answering(
    subject: Column, known: WordList, words: Sequence[str]
) -> Iterator[AnsweringWords]:
    """
    Give the words of who answers to every word of a query: first in the way that means most.

    What was typed is compared with the words that there are: nobody is read for it. Of a letter or
    two, which stand in most words of a town, those come first that begin with it.
    """
    long = [word for word in words if len(word) >= CONTAINED_FROM]
    starts = [word for word in words if len(word) < CONTAINED_FROM]
    containing = known.words_containing
    for choices, beginnings in (
        ((containing(word) for word in long), starts),
        ((containing(word) for word in words if starts), ()),
    ):
        some = list(map(list, choices))
        if (some or beginnings) and all(some):
            yield AnsweringWords(subject, some, beginnings)


def ways_of_nearly_answering(
    subject: Column, known: WordList, words: Sequence[str]
) -> Iterator[AnsweringWords]:
    """Give the words of who answers to every word with one letter of it forgiven, if anybody is."""
    some = list(map(known.with_one_slip, words))
    if some and all(some):
        yield AnsweringWords(subject, some)
