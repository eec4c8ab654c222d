"""
Places left for one level of a school, where classes of several levels share theirs. Pure.

A CP–CE1 of 24 places takes what neither the CP nor the CE1 has room for. A level has room for as
many more children as still leave a place for everybody: of every set of levels with this one in it,
the classes that take one of them must have as many places as these levels have pupils (Hall).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class ClassPlaces:
    """A class: its levels, and its places; None where nobody has said how many."""

    levels: Collection[str]
    places: int | None


def room_for_level(
    level: str, classes: Sequence[ClassPlaces], pupils: Mapping[str, int]
) -> int | None:
    """
    Return how many more pupils of a level find a place, negative where there are too many.

    None where there is no limit: no class of the level is written, or one without its places.
    """
    if not any(level in each.levels for each in classes):
        return None
    others = sorted({other for each in classes for other in each.levels} - {level})
    rooms = [
        room
        for size in range(len(others) + 1)
        for more in combinations(others, size)
        if (room := _room_of_levels({level, *more}, classes, pupils)) is not None
    ]
    return min(rooms) if rooms else None


def _room_of_levels(
    levels: Collection[str], classes: Sequence[ClassPlaces], pupils: Mapping[str, int]
) -> int | None:
    taking = [each.places for each in classes if set(each.levels) & set(levels)]
    if not taking or None in taking:
        return None
    return sum(places or 0 for places in taking) - sum(pupils.get(level, 0) for level in levels)
