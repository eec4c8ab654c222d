"""
Group of next year proposed to a child with a place. Pure.

The group of the same name, if the child may come to it; else, among those to which it may, the one
that meets most like the former: most days in common, then the nearest hour. What will only be known
in September, such as its class, hinders nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time

from shared.contracts.enrolment.place_conditions import (
    AGE,
    GRADE,
    Applicant,
    Stated,
    Verdict,
    judge_applicant,
)

SAME, OLDER, OTHER, NONE = "same", "older", "other", "none"


@dataclass(frozen=True)
class Meets:
    """The part of a group that decides; `weekdays` are digits, `starts` is "HH:MM"."""

    id: str
    label: str
    weekdays: str
    starts: str
    born_from: date | None = None
    born_to: date | None = None
    conditions: tuple[Stated, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A group, or none, and why: a code of the contract."""

    group_id: str | None
    why: str


def propose_group(
    former: Meets, candidates: Sequence[Meets], child: Applicant, years_ahead: int = 1
) -> Proposal:
    """Return the proposal to this child, who is in the group `former`."""
    fitting = [group for group in candidates if _may_child_come_to_group(child, group, years_ahead)]
    if not fitting:
        return Proposal(None, NONE)
    same = [group for group in fitting if group.label == former.label]
    if same:
        return Proposal(_nearest_group(former, same).id, SAME)
    outgrown = any(
        group.label == former.label and _is_child_too_old_for_group(child, group, years_ahead)
        for group in candidates
    )
    return Proposal(_nearest_group(former, fitting).id, OLDER if outgrown else OTHER)


def _may_child_come_to_group(child: Applicant, group: Meets, years_ahead: int) -> bool:
    return _verdict_on_child_in_group(child, group, years_ahead).fits


def _is_child_too_old_for_group(child: Applicant, group: Meets, years_ahead: int) -> bool:
    return not {AGE, GRADE}.isdisjoint(_verdict_on_child_in_group(child, group, years_ahead).unmet)


def _verdict_on_child_in_group(child: Applicant, group: Meets, years_ahead: int) -> Verdict:
    ages = (group.born_from, group.born_to)
    return judge_applicant(child, ages, *group.conditions, years_ahead=years_ahead)


def weekdays_that_group_has(chosen: Collection[str], meets: str) -> str:
    """
    Return which of these days a group has; all of its own where it has none of them.

    None are chosen for a place without a fixed day, which has none in another group either.
    """
    return ("".join(day for day in meets if day in chosen) or meets) if chosen else ""


def _nearest_group(former: Meets, groups: Sequence[Meets]) -> Meets:
    return min(
        groups, key=lambda group: (*_distance_of_groups(former, group), group.label, group.id)
    )


def _distance_of_groups(former: Meets, group: Meets) -> tuple[int, int]:
    shared = len(set(former.weekdays) & set(group.weekdays))
    return -shared, abs(_minutes_of_day(former.starts) - _minutes_of_day(group.starts))


def _minutes_of_day(clock: str) -> int:
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute
