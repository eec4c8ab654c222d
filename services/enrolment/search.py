"""
How the desk finds a child: without accents, capitals, apostrophes or hyphens, from parts of words.

A name is folded to words of plain letters and digits. What an apostrophe or a hyphen joins is also
kept in one piece: "l'hôpital" answers to "lhopital", "l hopital" and "hopital".
"""

import re
from datetime import date

from shared.folding import folded

_JOINTS = re.compile(r"['’ʼ\-‐‑–]")
MOST_WORDS = 8


def searchable(first_name: str, last_name: str, birth_date: date) -> str:
    """Return what a child answers to; each word follows a space, so that its start can be found."""
    names = f"{first_name} {last_name}"
    words = folded(names).split()
    joined = [word for word in folded(_JOINTS.sub("", names)).split() if word not in words]
    return " " + " ".join([*words, *joined, birth_date.strftime("%d %m %Y")])


def wanted_words(query: str) -> list[str]:
    """Return the words that a child must answer to, all of them."""
    return folded(query).split()[:MOST_WORDS]
