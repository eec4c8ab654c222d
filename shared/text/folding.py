"""
Words as one looks for them: without accents, capitals, ligatures, apostrophes or hyphens. Pure.

The one folding of every search: whoever is found at one page is found at all. Letters of any script
stay letters: two names in Arabic are not alike because neither is in ours.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"Œ": "OE", "Æ": "AE", "ẞ": "SS", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH"}
)
JOINTS = "'’‘ʼ`´-‐‑–"
"""Signs between two parts of a word, which is also found without them."""
_JOINTS = re.compile(f"[{re.escape(JOINTS)}]")
_PLAIN_WORDS = re.compile("[a-z0-9]+")
NO_LETTER = "#"
_LITTLE = 3
"""Le, de, El, Mac: what is written apart or in one piece, « Le Goff » and « Legoff »."""
FORGIVEN_FROM = 5
"""The fewest letters of a word that may have one wrong: Lina is not Lisa."""


def lowercase_unaccented(text: str) -> str:
    """Return lower-case letters without accents, ligatures written out; all else as it was."""
    return without_accents(text.casefold()).casefold()


def composed(text: str) -> str:
    """Return text whose accents are one sign with their letter, as a keyboard writes them."""
    return unicodedata.normalize("NFC", text)


def without_accents(text: str) -> str:
    """Return the letters that bear them, ligatures written out; capitals stay."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def folded(text: str) -> str:
    """Return lower-case words of plain letters and digits, one space between them."""
    plain = lowercase_unaccented(text)
    if plain.isascii():
        return " ".join(_PLAIN_WORDS.findall(plain))
    spaced = "".join(sign if sign.isalnum() else " " for sign in plain)
    return " ".join(spaced.split())


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names have the same words, in whatever order, accents and capitals aside."""
    return sorted(folded(one).split()) == sorted(folded(other).split())


def collation_key(text: str) -> tuple[str, str]:
    """
    Return what sorts words as a French dictionary does: letters first, then accents and capitals.

    É sorts with E, Œ with OE, « Le Goff » before « Lebrun »: word by word.
    """
    return folded(text), text


def index_letter(text: str) -> str:
    """Return the letter under which an index has a name, "#" where it begins with none of ours."""
    first = folded(text)[:1].upper()
    return first if "A" <= first <= "Z" else NO_LETTER


def searchable_text(names: str) -> str:
    """
    Return what a name answers to; each word follows a space, so that its start can be found.

    « D’Alençon » answers to alencon, d alencon and dalencon, « Le Goff » to legoff, too.
    """
    return " " + " ".join(searchable_words(names, folded(names).split()))


def searchable_words(names: str, words: Sequence[str]) -> Iterable[str]:
    """Return each word once to which a name answers whose folded words are these."""
    whole = _JOINTS.sub("", names)
    joined = words if whole == names else folded(whole).split()
    return dict.fromkeys([*words, *joined, *_join_little_words(joined)])


def nearly_matches(words: Sequence[str], answers: str) -> bool:
    """
    Say whether a searchable name answers to all of these folded words, one letter of each forgiven.

    A letter may be wrong, missing, too many, or have changed places with the next. It takes a look
    at each name: for a search that has found nobody.
    """
    return all(any(_is_near(word, other) for other in answers.split()) for word in words)


def _is_near(word: str, other: str) -> bool:
    """Return whether a word begins another one, with one letter of it forgiven."""
    if other.startswith(word):
        return True
    if len(word) < FORGIVEN_FROM or not word.isalpha():
        return False
    starts = {other, other[: len(word)], other[: len(word) + 1]}
    return any(OSA.distance(word, each, score_cutoff=1) <= 1 for each in starts)


def _join_little_words(words: Sequence[str]) -> list[str]:
    """Return what little words make with the next ones: de, la, cour give delacour and lacour."""
    joined = []
    after = ""
    for word in reversed(words):
        if after and len(word) <= _LITTLE and word.isalpha() and word != "et":
            after = word + after
            joined.append(after)
        else:
            after = word
    return joined
