"""The search index of the desk: inserted from the care core, deleted with it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, cast

from sqlalchemy import Executable, Table, delete

from services.enrolment.children.rules.search import search_text
from services.enrolment.models import ChildCard, ChildWord
from shared.database import Write
from shared.database.statements import store_rows
from shared.database.word_index import keep_words, words_of

_cards = cast(Table, ChildCard.__table__)


def index_children(write: Write, care_cores: Mapping[str, Mapping[str, object]]) -> None:
    """Let the desk find these children, under the names that they have now."""
    if not care_cores:
        return
    rows = [_card_row(child_id, core) for child_id, core in care_cores.items()]
    store_rows(write, _newest_names, rows)
    words = {row["child_id"]: words_of_card(row) for row in rows}
    keep_words(write, ChildWord.child_id, words)


def words_of_card(card: Mapping[str, Any]) -> list[str]:
    """Return the words that a child answers to: of its first name, of its name, of its birth."""
    born: date = card["birth_date"]
    return [*words_of(card["first_name"], card["last_name"]), *f"{born:%d %m %Y}".split()]


def unindex_children(write: Write, child_ids: Collection[str]) -> None:
    """Take these children out of the search."""
    if child_ids:
        write.execute(delete(_cards).where(_cards.c.child_id.in_(child_ids)))


def _newest_names(write: Write) -> Executable:
    insert = write.upsert(_cards)
    renamed = {column.name: insert.excluded[column.name] for column in _cards.c}
    return insert.on_conflict_do_update(index_elements=["child_id"], set_=renamed)


def _card_row(child_id: str, core: Mapping[str, Any]) -> dict[str, Any]:
    born = date.fromisoformat(core["birth_date"])
    names = {name: core[name] for name in ("first_name", "last_name")}
    return {
        "child_id": child_id,
        **names,
        "birth_date": born,
        "search": search_text(names["first_name"], names["last_name"], born),
    }
