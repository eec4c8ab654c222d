"""
Group of next year proposed to a child with a place. Pure.

The group of the same name, if the child is of its age; else, among those of its age, the one that
meets most like the former: most days in common, then the nearest hour.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time

from services.enrolment.places.admission.rules.ages import is_born_within

SAME, OLDER, OTHER, NONE = "same", "older", "other", "none"


@dataclass(frozen=True)
class Meets:
    """As much of a group as decides; `weekdays` are digits, `starts` is "HH:MM"."""

    id: str
    label: str
    weekdays: str
    starts: str
    born_from: date | None = None
    born_to: date | None = None


@dataclass(frozen=True)
class Proposal:
    """A group, or none, and why: a code of the contract."""

    group_id: str | None
    why: str


def propose_group(former: Meets, candidates: Sequence[Meets], born: date) -> Proposal:
    """Return the proposal to a child born on this day who is in the group `former`."""
    fitting = [group for group in candidates if is_born_within(born, group)]
    if not fitting:
        return Proposal(None, NONE)
    same = [group for group in fitting if group.label == former.label]
    if same:
        return Proposal(_nearest_group(former, same).id, SAME)
    outgrown = any(group.label == former.label for group in candidates)
    return Proposal(_nearest_group(former, fitting).id, OLDER if outgrown else OTHER)


def weekdays_kept(chosen: Collection[str], meets: str) -> str:
    """Return which of these days a group has; all of its own where it has none of them."""
    return "".join(day for day in meets if day in chosen) or meets


def _nearest_group(former: Meets, groups: Sequence[Meets]) -> Meets:
    return min(groups, key=lambda group: (*_distance(former, group), group.label, group.id))


def _distance(former: Meets, group: Meets) -> tuple[int, int]:
    shared = len(set(former.weekdays) & set(group.weekdays))
    return -shared, abs(_minutes_of_day(former.starts) - _minutes_of_day(group.starts))


def _minutes_of_day(clock: str) -> int:
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute
