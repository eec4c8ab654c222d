"""Offers as they are stored: `OfferedActivity` of the contract in JSON types, days as ISO text."""

from typing import NotRequired, TypedDict

from shared.contracts.enrolment.place_conditions import Stated
from shared.contracts.enrolment.places.published_offer import Criterion


class StoredGroup(TypedDict):
    """A group; an older offer states no conditions, nor in which part of the year it meets."""

    group_id: str
    label: str
    site: str
    availability: str
    runs_in: NotRequired[str]
    born_from: str | None
    born_to: str | None
    weekdays: list[int]
    starts: str
    ends: str
    first_day: str
    last_day: str
    conditions: NotRequired[Stated]


class StoredOffer(TypedDict):
    """An activity with all its groups, also those that are over."""

    code: str
    label: str
    description: str
    criteria: list[Criterion]
    groups: list[StoredGroup]
    site: str
    school_year: str
    booking: str
    allocation: str
    opens_at: str
    closes_at: str | None
    book_before: str
    cancel_before: str
    conditions: NotRequired[Stated]
