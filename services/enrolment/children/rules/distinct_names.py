"""
Names of children on a list, never two alike.

Pure. Full first names, to distinguish twins; if whole names are alike, the birth date is added,
then the class, then a number.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from shared.text import folded


@dataclass(frozen=True)
class Named:
    """A child of a list; `class_name` is "" where it is unknown or not for the reader."""

    child_id: str
    first_name: str
    last_name: str
    birth_date: date
    class_name: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


Mark = Callable[[Named], str]

MARKS: tuple[Mark, ...] = (
    lambda child: child.birth_date.strftime("%d/%m/%Y"),
    lambda child: child.class_name,
)
"""Additions to names that are alike, in this order, as far as they distinguish the children."""


def display_names(children: Iterable[Named]) -> dict[str, str]:
    """Return a name for each child of one list by its id; all of them differ, read aloud too."""
    alike: dict[str, list[Named]] = defaultdict(list)
    for child in children:
        alike[folded(child.name)].append(child)
    names: dict[str, str] = {}
    for group in alike.values():
        names.update(
            _distinguish_names(group, {child.child_id: child.name for child in group}, MARKS)
        )
    return names


def listed_names(children: Iterable[Named]) -> dict[str, tuple[str, str]]:
    """Return family and first name by id, for lists by family name; no two are alike."""
    named = list(children)
    shown = display_names(named)
    return {
        child.child_id: (
            child.last_name,
            child.first_name + shown[child.child_id].removeprefix(child.name),
        )
        for child in named
    }


def _distinguish_names(
    group: Sequence[Named], names: dict[str, str], marks: Sequence[Mark]
) -> dict[str, str]:
    """Add marks to the names of children who are alike so far."""
    if len(group) == 1:
        return names
    if not marks:
        return _number_names(group, names)
    mark, rest = marks[0], marks[1:]
    parts: dict[str, list[Named]] = defaultdict(list)
    for child in group:
        parts[mark(child)].append(child)
    if len(parts) == 1:
        return _distinguish_names(group, names, rest)
    distinguished: dict[str, str] = {}
    for value, part in parts.items():
        marked = {child.child_id: _append_mark(names[child.child_id], value) for child in part}
        distinguished.update(_distinguish_names(part, marked, rest))
    return distinguished


def _number_names(group: Sequence[Named], names: dict[str, str]) -> dict[str, str]:
    order = sorted(child.child_id for child in group)
    return {child_id: f"{names[child_id]} ({number})" for number, child_id in enumerate(order, 1)}


def _append_mark(name: str, mark: str) -> str:
    return f"{name} · {mark}" if mark else name
