"""The children that the desk can find, by name."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

from sqlalchemy import ColumnElement, Select, and_, case, select
from sqlalchemy.orm import Session

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.rules.search import letter_of_key, query_words
from services.enrolment.models import ChildCard, ChildWord
from shared.database import Read
from shared.database.words.word_index import (
    FEW,
    AnsweringWords,
    KnownWords,
    ways_of_answering,
    ways_of_nearly_answering,
)
from shared.text import folded

MOST_FOUND = 30
"""More children than that are not walked through with arrows: the agent types another letter."""

_known = KnownWords(ChildWord)


def find_children(
    read: Read, query: str, reach: Reach = EVERYWHERE
) -> tuple[list[ChildCard], bool]:
    """
    Return the children within reach whose names match every word, by name, and whether more.

    Without a match, one wrong letter in a word is tolerated.
    """
    words = query_words(query)
    if not words:
        return [], False
    here = reach.child_within_condition(ChildCard.child_id)
    ordered = _select_in_order(words).where(here).limit(MOST_FOUND + 1)
    found = (
        list(read.scalars(ordered.where(each.condition(ChildCard.child_id))))
        for each in ways_of_children_answering(read, words)
    )
    cards: list[ChildCard] = next(filter(None, found), [])
    shown = cards[:MOST_FOUND]
    shown.sort(key=lambda card: _name_key(card, words))  # É with E: a database sorts it behind Z
    return shown, len(cards) > MOST_FOUND


def children_of_whole_name_and_birth(
    read: Session, last_name: str, first_name: str, born: date
) -> list[ChildCard]:
    """Return the children of this provider, of whatever place, of that whole name and birth."""
    name = folded(last_name), folded(first_name)
    cards = read.scalars(select(ChildCard).where(ChildCard.birth_date == born))
    return [card for card in cards if (folded(card.last_name), folded(card.first_name)) == name]


def child_card(read: Session, child_id: str) -> ChildCard | None:
    """Return the child's card; None until its care core has come."""
    return read.get(ChildCard, child_id)


class Answers:
    """
    Children within reach who answer to a query, in the order of a list.

    `counted` says how many. To a letter or two `FEW` are counted; where there are more, these are
    all read only where something asks for them.
    """

    def __init__(self, read: Session, words: AnsweringWords, reach: Reach) -> None:
        self._read, self._words, self._reach = read, words, reach
        self.are_many = words.are_beginnings and len(self._first_beginning_so) > FEW
        self.counted = FEW if self.are_many else len(self.by_name)

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition that a card answers."""
        return self._words.condition(ChildCard.child_id)

    @property
    def condition_one_by_one(self) -> ColumnElement[bool]:
        """The same condition, asked of one card after another: many fulfil it."""
        return self._words.condition_one_by_one(ChildCard.child_id)

    @cached_property
    def by_name(self) -> Sequence[tuple[str, str]]:
        """Ids and keys in their order."""
        if self._words.are_beginnings and not self.are_many:
            return self._read_in_order(ChildCard.child_id.in_(self._first_beginning_so))
        here = self._reach.child_within_condition(ChildCard.child_id)
        return self._read_in_order(self.condition, here)

    @cached_property
    def _first_beginning_so(self) -> Sequence[str]:
        """Children who answer, by the index of words alone: of many nobody's card is read."""
        within = self._reach.child_within_condition(self._words.subject)
        some = self._words.select_beginning_so().where(within).limit(FEW + 1)
        return self._read.scalars(some).all()

    def _read_in_order(self, *chosen: ColumnElement[bool]) -> Sequence[tuple[str, str]]:
        keys = select(ChildCard.child_id, ChildCard.listed_as).where(*chosen)
        return self._read.execute(keys.order_by(ChildCard.listed_as)).all()

    @property
    def letters(self) -> set[str]:
        """The letters under which a list has any of them."""
        return {letter_of_key(key) for _child_id, key in self.by_name}

    def under_letter(self, letter: str) -> list[str]:
        """Return the children under a letter, all of them where none is given."""
        return [
            child_id for child_id, key in self.by_name if not letter or letter_of_key(key) == letter
        ]


def answers_to_query(read: Session, query: str, reach: Reach) -> Answers | None:
    """Return who answers to a query of those within reach; None without words."""
    words = query_words(query)
    if not words:
        return None
    several = (Answers(read, each, reach) for each in ways_of_children_answering(read, words))
    there = (answers for answers in several if answers.counted)
    return next(there, None) or Answers(read, AnsweringWords(ChildWord.child_id, [()]), reach)


def ways_of_children_answering(read: Session, words: Sequence[str]) -> Iterator[AnsweringWords]:
    """Give the words of who answers to every word, then of who nearly does."""
    known = _known.read(read)
    yield from ways_of_answering(ChildWord.child_id, known, words)
    yield from ways_of_nearly_answering(ChildWord.child_id, known, words)


def _select_in_order(words: Sequence[str]) -> Select[ChildCard]:
    """Select cards, first those of whom every word begins a name."""
    begins = [ChildCard.search.contains(f" {word}") for word in words]
    order = (case((and_(*begins), 0), else_=1), ChildCard.last_name, ChildCard.first_name)
    return select(ChildCard).order_by(*order, ChildCard.birth_date)


def _name_key(card: ChildCard, words: Sequence[str]) -> tuple[object, ...]:
    within = not all(f" {word}" in card.search for word in words)
    return within, folded(card.last_name), folded(card.first_name), card.birth_date
