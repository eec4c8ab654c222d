"""The children that the desk can find: noted from their care core, forgotten with it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, cast

from sqlalchemy import Select, Table, and_, case, delete, select
from sqlalchemy.orm import Session

from services.enrolment.children.rules.search import searchable, wanted_words
from services.enrolment.models import ChildCard
from shared.database import Read, Write
from shared.text import folded, nearly

_cards = cast(Table, ChildCard.__table__)

MOST_FOUND = 30
"""More children than that are not walked through with arrows: the agent types another letter."""


def note_children(write: Write, care_cores: Mapping[str, Mapping[str, Any]]) -> None:
    """Let the desk find these children, under the names that they have now."""
    if not care_cores:
        return
    insert = write.upsert(_cards)
    renamed = {column.name: insert.excluded[column.name] for column in _cards.c}
    statement = insert.on_conflict_do_update(index_elements=["child_id"], set_=renamed)
    write.execute(statement, [_card(child_id, core) for child_id, core in care_cores.items()])


def forget_children(write: Write, child_ids: Collection[str]) -> None:
    """Take these children out of the search."""
    if child_ids:
        write.execute(delete(_cards).where(_cards.c.child_id.in_(child_ids)))


def find_children(read: Read, query: str) -> tuple[list[ChildCard], bool]:
    """
    Return the children who answer to every word, by name, and whether there are more.

    Where nobody does, one wrong letter in a word is forgiven.
    """
    words = wanted_words(query)
    if not words:
        return [], False
    found = list(read.scalars(_answering(words).limit(MOST_FOUND + 1)))
    if not found and (near := _nearly(read, words)):
        found = list(read.scalars(select(ChildCard).where(ChildCard.child_id.in_(near))))
    shown = found[:MOST_FOUND]
    shown.sort(key=lambda card: _by_name(card, words))  # É with E: a database sorts it behind Z
    return shown, len(found) > MOST_FOUND


def child_card(read: Session, child_id: str) -> ChildCard | None:
    """Return how the child is called; None until its care core has come."""
    return read.get(ChildCard, child_id)


def _answering(words: list[str]) -> Select[ChildCard]:
    """First the children of whom every word begins a name, then those who have it within."""
    within = [ChildCard.search.contains(word) for word in words]
    begins = [ChildCard.search.contains(f" {word}") for word in words]
    order = (case((and_(*begins), 0), else_=1), ChildCard.last_name, ChildCard.first_name)
    return select(ChildCard).where(*within).order_by(*order, ChildCard.birth_date)


def _nearly(read: Read, words: list[str]) -> list[str]:
    rows = read.execute(select(ChildCard.child_id, ChildCard.search).order_by(ChildCard.last_name))
    return [child_id for child_id, search in rows if nearly(words, search)][: MOST_FOUND + 1]


def _by_name(card: ChildCard, words: list[str]) -> tuple[Any, ...]:
    within = not all(f" {word}" in card.search for word in words)
    return within, folded(card.last_name), folded(card.first_name), card.birth_date


def _card(child_id: str, core: Mapping[str, Any]) -> dict[str, Any]:
    born = date.fromisoformat(core["birth_date"])
    names = {name: core[name] for name in ("first_name", "last_name")}
    return {
        "child_id": child_id,
        **names,
        "birth_date": born,
        "search": searchable(names["first_name"], names["last_name"], born),
    }
