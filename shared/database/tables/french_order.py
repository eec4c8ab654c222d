"""Order of words in a query as French people read them, É with E, whatever the database is."""

from functools import lru_cache

from sqlalchemy import ColumnElement, collate
from sqlalchemy.orm import InstrumentedAttribute

from shared.text import collation_key

FRENCH = "fr-x-icu"
"""PostgreSQL's own collation; a store gives SQLite one of this name at every connection."""


def french_sort_column(
    words: ColumnElement[str] | InstrumentedAttribute[str],
) -> ColumnElement[str]:
    """Return what an `order_by` sorts words by; a key alone would put « École » after « Zone »."""
    return collate(words, FRENCH)


def compare_in_french(one: str, other: str) -> int:
    """Return -1, 0 or 1 as a word comes before another, is the same, or comes after it."""
    if one == other:  # the label of an activity beside itself: nothing is folded for it
        return 0
    first, second = cached_collation_key(one), cached_collation_key(other)
    return (first > second) - (first < second)


cached_collation_key = lru_cache(maxsize=2_048)(collation_key)
"""SQLite compares a word some ten times while it sorts a list: labels, which are few and return."""
