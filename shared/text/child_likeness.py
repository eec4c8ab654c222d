"""
Likeness of two children who could be one known twice: a person looks, nothing merges by itself.

Pure. Twins have the same initials, name and birth date: two first names are two children, and so
are two children of one household, whatever they are called.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from shared.text.folding import folded


@dataclass(frozen=True)
class Named:
    """A child as it is written somewhere, and the households that are known there."""

    first_name: str
    last_name: str
    birth_date: date
    households: frozenset[str] = frozenset()


def could_be_one_child(one: Named, other: Named) -> bool:
    """
    Say whether somebody should look whether these are one child.

    Of two last names one may hold the other: the second parent's is often left out.
    """
    if one.households & other.households or one.birth_date != other.birth_date:
        return False
    if _words_of_name(one.first_name) != _words_of_name(other.first_name):
        return False
    mine, theirs = _words_of_name(one.last_name), _words_of_name(other.last_name)
    return bool(mine and theirs) and (mine <= theirs or theirs <= mine)


_SLIPS_FROM = 2
"""The fewest letters of a word with a slip: of one letter any other is a slip."""
NEAR = 80
"""Likeness, of 100, from which on two names may be one with a slip of the pen."""


def child_likeness(one: Named, other: Named) -> int:
    """
    Return how far these may be one child, of 100; 0 where nobody should look.

    Names with a slip of the pen, or a birth date with two figures changed or a day and month
    exchanged, still count; both at once do not.
    """
    if one.households & other.households:
        return 0
    first = _name_likeness(one.first_name, other.first_name)
    if first < NEAR:  # of most pairs of a town's: their last names are not looked at
        return 0
    last = _last_name_likeness(one, other)
    if last < NEAR:
        return 0
    if one.birth_date == other.birth_date:
        return round((2 * first + last) / 3)
    slipped = is_near_date(one.birth_date, other.birth_date)
    return 90 if slipped and first == last == 100 else 0


def likely_children(
    one: Named, together: Iterable[Named], known: Sequence[tuple[str, Named]]
) -> list[tuple[str, int]]:
    """
    Return the known children whom `one` could be with their likeness, the likeliest first.

    `together` are the other children named with it. Where there are twins on either side a slip of
    the pen counts no more: Anna is not Hanna, who was born on the same day in the same home.
    """
    twins = any(each.birth_date == one.birth_date for each in together)
    found = []
    for child_id, other in known:
        score = child_likeness(one, other)
        exact = _words_of_name(one.first_name) == _words_of_name(other.first_name)
        if score and (exact or not (twins or _has_twin(child_id, other, known))):
            found.append((child_id, score))
    return sorted(found, key=lambda each: -each[1])


def ids_of_same_first_name(one: Named, known: Iterable[tuple[str, Named]]) -> list[str]:
    """Return the ids of the known children whose first name is the same."""
    words = _words_of_name(one.first_name)
    return [child_id for child_id, other in known if _words_of_name(other.first_name) == words]


def near_dates(day: date) -> set[date]:
    """Return a day with every one that has another figure in its place, or day and month turned."""
    written = f"{day:%d%m%Y}"
    texts = {written, written[2:4] + written[:2] + written[4:]}
    texts |= {
        written[:at] + figure + written[at + 1 :]
        for at in range(len(written))
        for figure in "0123456789"
    }
    return {found for text in texts if (found := _parse_day(text)) is not None}


def is_near_date(one: date, other: date) -> bool:
    """Say whether a day is among the `near_dates` of another, without writing these out."""
    figures = zip(one.isoformat(), other.isoformat(), strict=True)
    turned = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    return turned or sum(mine != theirs for mine, theirs in figures) <= 1


def _parse_day(text: str) -> date | None:
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None


def _has_twin(child_id: str, one: Named, known: Iterable[tuple[str, Named]]) -> bool:
    return any(
        other_id != child_id
        and other.birth_date == one.birth_date
        and bool(other.households & one.households)
        for other_id, other in known
    )


def _name_likeness(one: str, other: str) -> int:
    """
    Return how alike two names are, of 100, in whatever order their words stand.

    One slip of the pen is near in a short name too, where a part of its letters is a large one:
    of « Paul » and « Puol » half the letters differ.
    """
    mine, theirs = written = folded(one), folded(other)
    if not all(written):
        return 0
    sorted_words = " ".join(sorted({*mine.split()})), " ".join(sorted({*theirs.split()}))
    likeness = round(fuzz.ratio(*sorted_words))
    return (
        max(likeness, NEAR)
        if _differ_by_one_slip(*written) or _differ_by_one_slip(*sorted_words)
        else likeness
    )


def _differ_by_one_slip(one: str, other: str) -> bool:
    """Say whether a letter is wrong, missing, too many, or has changed places with the next."""
    long_enough = min(len(one), len(other)) >= _SLIPS_FROM
    return long_enough and OSA.distance(one, other, score_cutoff=1) <= 1


def _last_name_likeness(one: Named, other: Named) -> int:
    """Return how alike two last names are: one that holds the other is the same."""
    mine, theirs = _words_of_name(one.last_name), _words_of_name(other.last_name)
    whole = bool(mine and theirs) and (mine <= theirs or theirs <= mine)
    return 100 if whole else _name_likeness(one.last_name, other.last_name)


def _words_of_name(name: str) -> frozenset[str]:
    """Return the words of a name, no matter capitals, accents, hyphens or apostrophes."""
    return frozenset(folded(name).split())
