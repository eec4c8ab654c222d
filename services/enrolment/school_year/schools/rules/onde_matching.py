"""
Matches pupils of ONDE's file with children of the replica; a person decides on doubts. Pure.

By birth name, first given name and birth date. Only children that this provider has are known here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA

from services.enrolment.school_year.schools.rules.onde_file import OndeRow
from shared.text import folded
from shared.text.child_likeness import Named, child_likeness, near_dates

MOST_CANDIDATES = 5


@dataclass(frozen=True)
class KnownChild:
    """A child that the provider has, as its dossier calls it."""

    child_id: str
    first_name: str
    last_name: str
    birth_date: date


@dataclass(frozen=True)
class Matched:
    """A row of the file: `child_id` where it is surely one child, else whom it could be."""

    row: OndeRow
    child_id: str = ""
    candidates: tuple[str, ...] = ()


def match_rows_to_children(
    rows: Sequence[OndeRow], children: Iterable[KnownChild]
) -> list[Matched]:
    """Return for each row whom it is, or could be; two rows are never one child."""
    born: dict[date, list[KnownChild]] = defaultdict(list)
    for child in children:
        born[child.birth_date].append(child)
    matched = [_match_row(row, born) for row in rows]
    times = Counter(each.child_id for each in matched if each.child_id)
    return [
        Matched(each.row, "", (each.child_id,)) if times[each.child_id] > 1 else each
        for each in matched
    ]


def _match_row(row: OndeRow, born: Mapping[date, Sequence[KnownChild]]) -> Matched:
    same_day = born.get(row.birth_date, ())
    exact = [child for child in same_day if _is_same_name(row, child)]
    if len(exact) == 1:
        return Matched(row, exact[0].child_id)
    if exact:
        return Matched(row, "", tuple(child.child_id for child in exact)[:MOST_CANDIDATES])
    near = [child for day in near_dates(row.birth_date) for child in born.get(day, ())]
    scores = {
        child.child_id: score
        for child in {each.child_id: each for each in (*same_day, *near)}.values()
        if (score := _likeness_of_child(row, child))
    }
    likeliest = sorted(scores, key=lambda child_id: (-scores[child_id], child_id))
    return Matched(row, "", tuple(likeliest[:MOST_CANDIDATES]))


def _is_same_name(row: OndeRow, child: KnownChild) -> bool:
    lasts = {folded(row.last_name), folded(row.usage_name)} - {""}
    return folded(child.last_name) in lasts and folded(child.first_name) in _first_names(row)


def _first_names(row: OndeRow) -> set[str]:
    """Return what the first given name may be: ONDE writes all of them, after commas."""
    return {folded(row.first_name), folded(row.first_name.partition(",")[0])}


def _likeness_of_child(row: OndeRow, child: KnownChild) -> int:
    known = Named(child.first_name, child.last_name, child.birth_date)
    first = row.first_name.partition(",")[0]
    scores = [
        child_likeness(Named(first, last, row.birth_date), known)
        for last in (row.last_name, row.usage_name)
        if last
    ]
    if child.birth_date == row.birth_date and _is_one_letter_apart(row, child):
        scores.append(85)
    return max(scores)


def _is_one_letter_apart(row: OndeRow, child: KnownChild) -> bool:
    lasts = {folded(row.last_name), folded(row.usage_name)} - {""}
    if folded(child.last_name) not in lasts:
        return False
    return any(
        OSA.distance(folded(child.first_name), first, score_cutoff=1) <= 1
        for first in _first_names(row)
    )
