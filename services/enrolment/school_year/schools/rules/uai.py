"""The number of a school in the State's register (UAI): seven figures and a check letter. Pure."""

import re

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SHAPE = re.compile(r"(\d{7})([A-Z])")


def read_uai(text: str) -> str:
    """Return a UAI without blanks and in capitals; "" of what is none, or has another letter."""
    written = re.fullmatch(_SHAPE, re.sub(r"[\s.\-]", "", text).upper())
    if written is None or written[2] != check_letter(written[1]):
        return ""
    return written[0]


def check_letter(figures: str) -> str:
    """Return the letter that follows seven figures."""
    return _LETTERS[int(figures) % len(_LETTERS)]
