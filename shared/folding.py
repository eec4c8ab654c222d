"""
Words as one looks for them: without accents, capitals, ligatures, apostrophes or hyphens. Pure.
"""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_OTHER = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """Return lower-case words of plain letters and digits, one space between them."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _OTHER.sub(" ", letters).strip()
