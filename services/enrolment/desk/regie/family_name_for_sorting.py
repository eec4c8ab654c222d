"""
The family name by which a payer is listed, from the name on its bills.

Pure. Bills have a name in one piece: what is taken for the family name orders a list, and is never
shown.
"""

import re

_SEVERAL = re.compile(r"\s+et\s+|\s*,\s*|\s*&\s*", re.I)
_CIVILITIES = frozenset({"m.", "m", "mme", "mme.", "mlle", "monsieur", "madame"})
_PARTICLES = frozenset(
    {
        "le",
        "la",
        "les",
        "de",
        "du",
        "des",
        "van",
        "von",
        "der",
        "el",
        "al",
        "ben",
        "bel",
        "da",
        "dos",
    }
)


def family_name(payer: str) -> str:
    """Return the family name of the first person: « Le Goff » of « Anne Le Goff et Paul Roy »."""
    words = _SEVERAL.split(payer.strip(), maxsplit=1)[0].split()
    words = [word for word in words if word.casefold() not in _CIVILITIES]
    start = max(len(words) - 1, 0)
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return " ".join(words[start:])
