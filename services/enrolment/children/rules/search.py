"""Search of a child by its folded names, as everywhere, and by its birth date."""

from datetime import date

from shared.text import folded
from shared.text import searchable as names_searchable

MOST_WORDS = 8


def search_text(first_name: str, last_name: str, birth_date: date) -> str:
    """Return the search text of a child; each word follows a space, to match its beginning."""
    return f"{names_searchable(f'{first_name} {last_name}')} {birth_date:%d %m %Y}"


def query_words(query: str) -> list[str]:
    """Return the words of a query; a child must match all of them."""
    return folded(query).split()[:MOST_WORDS]
