"""
Audience of a bulletin to many families: children who have a place there on its day. Pure.

One rule for both ends: the provider reads its places, the portal those of a family card.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from shared.dates.periods import holds_on

ALL, ACTIVITY, GROUP = "all", "activity", "group"
TARGETS = (ALL, ACTIVITY, GROUP)


@dataclass(frozen=True, slots=True)
class DatedPlace:
    """A child has a place in a group, between two days, both included; None: no end."""

    activity_id: str
    group_id: str
    valid_from: date
    valid_to: date | None

    def read_since(self, day: date | None) -> "DatedPlace":
        """Return the place for who answers for the child since a day; None: as long as others."""
        return self if day is None else replace(self, valid_from=max(self.valid_from, day))


def does_bulletin_concern(
    target: str, target_id: str | None, day: date, places: Iterable[DatedPlace]
) -> bool:
    """Return whether a bulletin concerns a guardian whose children have these places."""
    return any(
        _is_place_meant(target, target_id, place) for place in places if holds_on(place, day)
    )


def _is_place_meant(target: str, target_id: str | None, place: DatedPlace) -> bool:
    if target == ACTIVITY:
        return place.activity_id == target_id
    return target == ALL or place.group_id == target_id
