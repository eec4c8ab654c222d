"""Search of a child by its folded names, as everywhere, and by its birth date; order of a list."""

from datetime import date

from shared.text import NO_LETTER, collation_key, folded
from shared.text import searchable_text as names_searchable

MOST_WORDS = 8
_TAB = "\t"


def searchable_text_of_child(first_name: str, last_name: str, birth_date: date) -> str:
    """Return the search text of a child; each word follows a space, to match its beginning."""
    return f"{names_searchable(f'{first_name} {last_name}')} {birth_date:%d %m %Y}"


def listing_key(first_name: str, last_name: str, birth_date: date, child_id: str) -> str:
    """
    Return by what lists order a child: by family name, then by first name, then by birth.

    Letters first, then accents (`shared.text.collation_key`); no letter stands before a tab. Its id
    comes last: of two children alike the same one comes first on every page.
    """
    names = (*collation_key(last_name), *collation_key(first_name))
    return _TAB.join([*names, birth_date.isoformat(), child_id])


def name_in_key(listing_key: str) -> str:
    """Return the part of a listing key that is the child's name."""
    return listing_key.rsplit(_TAB, 2)[0]


def letter_of_key(listing_key: str) -> str:
    """Return the letter under which a list has a child, by the beginning of its key."""
    first = listing_key[:1]
    return first.upper() if "a" <= first <= "z" else NO_LETTER


def query_words(query: str) -> list[str]:
    """Return the words of a query; a child must match all of them."""
    return folded(query).split()[:MOST_WORDS]
