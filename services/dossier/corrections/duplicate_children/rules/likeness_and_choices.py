"""Likeness of files that could be one child, and whose answers go on; no database."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import combinations

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.dossier.families.duplicate_children import KEPT, OTHER
from shared.contracts.errors import BadRequest
from shared.contracts.sections.adults.barred_adults import MOST_BARRED
from shared.text import folded
from shared.text.child_likeness import Named, child_likeness, is_near_date

CUSTODY = "custody"
_EXACT = 100


def double_likeness(one: Named, other: Named) -> int:
    """
    Return how far two files may be one child, of 100; 0 where nobody should look.

    In one home two children have names that differ: there only the same letters are one child,
    or every pair of twins would be proposed.
    """
    if one.households & other.households:
        return _EXACT if _have_same_names(one, other) and _have_near_birth_dates(one, other) else 0
    return child_likeness(one, other)


def possible_doubles(known: Mapping[str, Named]) -> list[tuple[str, str, int]]:
    """Return the pairs of files that could be one child, the likeliest first."""
    by_day: dict[date, list[str]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
    for child_id, named in sorted(known.items()):
        by_day[named.birth_date].append(child_id)
        for word in {*folded(named.last_name).split(), _letters_of_name(named.last_name)}:
            by_name[_letters_of_name(named.first_name), word].append(child_id)
    pairs = {pair for day in by_day.values() for pair in combinations(day, 2)}
    pairs |= {
        (one, other)
        for namesakes in by_name.values()
        for one, other in combinations(namesakes, 2)
        if _have_near_birth_dates(known[one], known[other])
    }
    found = [
        (one, other, score)
        for one, other in pairs
        if (score := double_likeness(known[one], known[other]))
        and not _has_twin_between(known, by_day, one, other)
    ]
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def what_is_alike(
    one: Named, other: Named, adults: tuple[Collection[str], Collection[str]]
) -> list[str]:
    """Return what two files have alike, as codes; `adults` are the names of each one's."""
    found = []
    if one.birth_date == other.birth_date:
        found.append(contracts.SAME_BIRTH)
    elif _have_near_birth_dates(one, other):
        found.append(contracts.NEAR_BIRTH)
    for mine, theirs, same, near in (
        (one.first_name, other.first_name, contracts.SAME_FIRST, contracts.NEAR_FIRST),
        (one.last_name, other.last_name, contracts.SAME_LAST, contracts.NEAR_LAST),
    ):
        if folded(mine) == folded(theirs):
            found.append(same)
        elif _have_near_names(mine, theirs):
            found.append(near)
    if one.households & other.households:
        found.append(contracts.SAME_HOME)
    if {folded(name) for name in adults[0]} & {folded(name) for name in adults[1]}:
        found.append(contracts.SAME_ADULT)
    return found


def could_be_twins(one: Named, other: Named) -> bool:
    """Say whether two are born on one day and called differently: twins, unless somebody knows."""
    return one.birth_date == other.birth_date and not _have_near_names(
        one.first_name, other.first_name
    )


def chosen_file_by_section(
    differing: Collection[str], taken: Iterable[contracts.SectionTaken]
) -> dict[str, str]:
    """Return whose answer goes on in each section that differs; raises BadRequest for one left."""
    said = {row["section"]: row["side"] for row in taken}
    if missing := sorted(set(differing) - said.keys()):
        raise BadRequest(errors={"taken": missing})
    return {section: said[section] for section in differing}


def section_content_after_join(
    section: str, kept: Content | None, other: Content | None, sides: Mapping[str, str]
) -> Content | None:
    """
    Return what the section comes to say, or None where it stays as it is in the file that is read.

    An adult whom a ruling bars is never lost: those of both files go on (rule R7).
    """
    if not other or kept == other:
        return None
    if section == CUSTODY and kept:
        barred = [*kept.get("barred", [])]
        barred += [each for each in other.get("barred", []) if each not in barred]
        if len(barred) > MOST_BARRED:
            raise BadRequest(errors={"taken": [CUSTODY]})
        return {**kept, "barred": barred} if len(barred) > len(kept.get("barred", [])) else None
    if not kept:
        return other
    return other if sides.get(section, KEPT) == OTHER else None


def sealed_place_of_join(join_id: str) -> str:
    """Return what a join's memory of the other file is bound to."""
    return f"child_join.{join_id}"


def _letters_of_name(name: str) -> str:
    return folded(name).replace(" ", "")


def _have_same_names(one: Named, other: Named) -> bool:
    return (_letters_of_name(one.first_name), _letters_of_name(one.last_name)) == (
        _letters_of_name(other.first_name),
        _letters_of_name(other.last_name),
    )


def _have_near_birth_dates(one: Named, other: Named) -> bool:
    return is_near_date(one.birth_date, other.birth_date)


def _have_near_names(mine: str, theirs: str) -> bool:
    day = date(2020, 1, 1)
    same_last = Named(mine, "x x", day), Named(theirs, "x x", day)
    return _letters_of_name(mine) == _letters_of_name(theirs) or child_likeness(*same_last) > 0


def _has_twin_between(
    known: Mapping[str, Named], by_day: Mapping[date, Collection[str]], one: str, other: str
) -> bool:
    """Say whether one of two that are not called the same has a twin: Anna is not Hanna."""
    if _letters_of_name(known[one].first_name) == _letters_of_name(known[other].first_name):
        return False
    return any(
        twin not in (one, other) and known[twin].households & known[child].households
        for child in (one, other)
        for twin in by_day[known[child].birth_date]
    )
