"""The children that the desk can find, by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import ColumnElement, Select, and_, case, false, select
from sqlalchemy.orm import Session

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.rules.search import letter_of_key, query_words
from services.enrolment.models import ChildCard, ChildWord
from shared.database import Read
from shared.database.words.word_index import KnownWords, condition_of_answering_words
from shared.text import folded

CONTAINED_FROM = 3
"""From how many letters on a word is looked for within others, and not at their beginning."""

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
        list(read.scalars(ordered.where(each)))
        for each in conditions_of_cards_with_words(read, words)
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


@dataclass(frozen=True)
class Answers:
    """Cards that answer to a query: the condition that they fulfil; ids and keys in order."""

    condition: ColumnElement[bool]
    by_name: Sequence[tuple[str, str]]

    @cached_property
    def letters(self) -> set[str]:
        """The letters under which a list has any of them."""
        return {letter_of_key(key) for _child_id, key in self.by_name}

    def under_letter(self, letter: str) -> list[str]:
        """Return the children under a letter, all of them where none is given."""
        return [
            child_id for child_id, key in self.by_name if not letter or letter_of_key(key) == letter
        ]


def answers_by_name(read: Session, query: str, here: ColumnElement[bool]) -> Answers | None:
    """Return who answers to a query of those `here`, as a list orders them; None without words."""
    words = query_words(query)
    if not words:
        return None
    keys = select(ChildCard.child_id, ChildCard.listed_as).where(here)
    for each in conditions_of_cards_with_words(read, words):
        if found := read.execute(keys.where(each).order_by(ChildCard.listed_as)).tuples().all():
            return Answers(each, found)
    return Answers(false(), ())


def conditions_of_cards_with_words(
    read: Session, words: Sequence[str]
) -> Iterator[ColumnElement[bool]]:
    """
    Give the condition of a card that answers to every word, then that of one that nearly does.

    What was typed is compared with the words that there are: no card is read for it. Of a letter or
    two, which stand in most words of a town, those come first that begin with it.
    """
    who, subject = ChildCard.child_id, ChildWord.child_id
    known = _known.read(read)
    long = [word for word in words if len(word) >= CONTAINED_FROM]
    starts = [word for word in words if len(word) < CONTAINED_FROM]
    yield condition_of_answering_words(
        who, subject, (list(known.words_containing(word)) for word in long), starts
    )
    if starts:
        yield condition_of_answering_words(
            who, subject, (list(known.words_containing(word)) for word in words)
        )
    yield condition_of_answering_words(who, subject, (known.with_one_slip(word) for word in words))


def _select_in_order(words: Sequence[str]) -> Select[ChildCard]:
    """Select cards, first those of whom every word begins a name."""
    begins = [ChildCard.search.contains(f" {word}") for word in words]
    order = (case((and_(*begins), 0), else_=1), ChildCard.last_name, ChildCard.first_name)
    return select(ChildCard).order_by(*order, ChildCard.birth_date)


def _name_key(card: ChildCard, words: Sequence[str]) -> tuple[object, ...]:
    within = not all(f" {word}" in card.search for word in words)
    return within, folded(card.last_name), folded(card.first_name), card.birth_date
