"""Availability of a group, as coarsely as families read it: open, few, full."""

from shared.contracts.enrolment.places.published_offer import AVAILABILITY

FEW = 3
"""The most places left of a group that shows « few »."""

_FREE, _FEW, _FULL = AVAILABILITY


def availability(places: int | None, taken: int) -> str:
    """Return how full a group is: open, few, full."""
    if places is None or places - taken > FEW:
        return _FREE
    return _FEW if places > taken else _FULL
