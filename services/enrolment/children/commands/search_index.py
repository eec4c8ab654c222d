"""The search index of the desk: inserted from the care core, deleted with it."""

from collections.abc import Collection, Mapping
from datetime import date
from operator import itemgetter
from typing import TypedDict, cast

from sqlalchemy import Table, delete

from services.enrolment.children.rules.search import listing_key, searchable_text_of_child
from services.enrolment.models import ChildCard, ChildWord
from shared.database import Write
from shared.database.bulk_rows import upsert_rows
from shared.database.words.word_index import keep_words, words_of_names
from shared.json_values import JsonMapping
from shared.text import folded

_cards = cast(Table, ChildCard.__table__)
_COLUMNS = (
    *("child_id", "first_name", "last_name", "birth_date"),
    *("search", "listed_as", "whole_name"),
)


class CardRow(TypedDict):
    """A row of `child_card`."""

    child_id: str
    first_name: str
    last_name: str
    birth_date: date
    search: str
    listed_as: str
    whole_name: str


def index_children(write: Write, care_cores: Mapping[str, JsonMapping]) -> None:
    """Let the desk find these children, under the names that they have now."""
    if not care_cores:
        return
    rows = [_row_of_care_core(child_id, core) for child_id, core in care_cores.items()]
    write.flush()
    values = list(map(itemgetter(*_COLUMNS), rows))
    upsert_rows(write, ChildCard, _COLUMNS, values, key=["child_id"], change=_COLUMNS)
    words = {row["child_id"]: words_of_card(row) for row in rows}
    keep_words(write, ChildWord.child_id, words)


def make_card_row(child_id: str, first_name: str, last_name: str, birth_date: date) -> CardRow:
    """Return the card of a child of these names."""
    names = (first_name, last_name, birth_date)
    return {
        "child_id": child_id,
        "first_name": first_name,
        "last_name": last_name,
        "birth_date": birth_date,
        "search": searchable_text_of_child(*names),
        "listed_as": listing_key(*names, child_id),
        "whole_name": folded(f"{first_name} {last_name}"),
    }


def words_of_card(card: CardRow) -> list[str]:
    """Return the words that a child answers to: of its first name, of its name, of its birth."""
    born = f"{card['birth_date']:%d %m %Y}"
    return [*words_of_names(card["first_name"], card["last_name"]), *born.split()]


def unindex_children(write: Write, child_ids: Collection[str]) -> None:
    """Take these children out of the search."""
    if child_ids:
        write.execute(delete(_cards).where(_cards.c.child_id.in_(child_ids)))


def _row_of_care_core(child_id: str, core: JsonMapping) -> CardRow:
    born = date.fromisoformat(core["birth_date"])
    return make_card_row(child_id, core["first_name"], core["last_name"], born)
