"""The children that the desk can find, by name."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, select
from sqlalchemy.orm import Session

from services.enrolment.children.queries.reach import EVERYWHERE, Reach
from services.enrolment.children.rules.search import query_words
from services.enrolment.models import ChildCard
from shared.database import Read
from shared.text import folded, nearly_matches

MOST_FOUND = 30
"""More children than that are not walked through with arrows: the agent types another letter."""


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
    here = reach.of_children(ChildCard.child_id)
    cards = list(read.scalars(_select_matching(words).where(here).limit(MOST_FOUND + 1)))
    if not cards and (near := _nearly_matching(read, words, here)):
        cards = list(read.scalars(select(ChildCard).where(ChildCard.child_id.in_(near))))
    shown = cards[:MOST_FOUND]
    shown.sort(key=lambda card: _name_key(card, words))  # É with E: a database sorts it behind Z
    return shown, len(cards) > MOST_FOUND


def children_called(read: Session, last_name: str, first_name: str, born: date) -> list[ChildCard]:
    """Return the children of this provider, of whatever place, of that whole name and birth."""
    name = folded(last_name), folded(first_name)
    cards = read.scalars(select(ChildCard).where(ChildCard.birth_date == born))
    return [card for card in cards if (folded(card.last_name), folded(card.first_name)) == name]


def child_card(read: Session, child_id: str) -> ChildCard | None:
    """Return the child's card; None until its care core has come."""
    return read.get(ChildCard, child_id)


def _select_matching(words: list[str]) -> Select[ChildCard]:
    """Select matching children: first those of whom every word begins a name."""
    within = [ChildCard.search.contains(word) for word in words]
    begins = [ChildCard.search.contains(f" {word}") for word in words]
    order = (case((and_(*begins), 0), else_=1), ChildCard.last_name, ChildCard.first_name)
    return select(ChildCard).where(*within).order_by(*order, ChildCard.birth_date)


def _nearly_matching(read: Read, words: list[str], here: ColumnElement[bool]) -> list[str]:
    known = select(ChildCard.child_id, ChildCard.search).where(here)
    rows = read.execute(known.order_by(ChildCard.last_name))
    return [child_id for child_id, search in rows if nearly_matches(words, search)][
        : MOST_FOUND + 1
    ]


def _name_key(card: ChildCard, words: list[str]) -> tuple[object, ...]:
    within = not all(f" {word}" in card.search for word in words)
    return within, folded(card.last_name), folded(card.first_name), card.birth_date
