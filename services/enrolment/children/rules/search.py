"""
How the desk finds a child: by its names as every search folds them, and by its birth date.
"""

from datetime import date

from shared.text import folded
from shared.text import searchable as names_searchable

MOST_WORDS = 8


def searchable(first_name: str, last_name: str, birth_date: date) -> str:
    """Return what a child answers to; each word follows a space, so that its start can be found."""
    return f"{names_searchable(f'{first_name} {last_name}')} {birth_date:%d %m %Y}"


def query_words(query: str) -> list[str]:
    """Return the words that a child must answer to, all of them."""
    return folded(query).split()[:MOST_WORDS]
