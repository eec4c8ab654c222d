"""Offers, places and ranks that a provider takes over from another software."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.enrolment.places.published_offer import (
    BOOKINGS,
    RUNS_IN,
    ActivityTerms,
    Timetable,
)
from shared.contracts.message import Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Count,
    Day,
    Id,
    PageAnswer,
    PageRequest,
    Weekdays,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"


class ImportedCriterion(TypedDict):
    """A criterion of the provider's, with its points."""

    code: Code
    label: Annotated[str, text(120)]
    points: Annotated[int, Default(0)]


class ImportedGroup(Timetable):
    """
    A group from elsewhere, known by its reference; `places` null: no limit.

    `site` is its own, "" where it meets where its activity is.
    """

    reference: Annotated[str, text(60)]
    label: Annotated[str, text(120)]
    site: Annotated[str, maybe_text(120), EMPTY]
    places: Annotated[int | None, NONE]
    runs_in: Annotated[str, one_of(RUNS_IN)]


class ImportedActivity(ActivityTerms):
    """An activity from elsewhere; `criteria` and the `seed` of a draw decide ranks."""

    reference: Annotated[str, text(60)]
    code: Code
    label: Annotated[str, text(120)]
    description: Annotated[str, maybe_text(500), EMPTY]
    answer_days: Annotated[int, validate.Range(1, 60), Default(3)]
    criteria: Annotated[list[ImportedCriterion], Default(list)]
    seed: Annotated[str, maybe_text(40), EMPTY]
    groups: list[ImportedGroup]


class DayOff(TypedDict):
    """A day of the calendar on which a provider is closed."""

    day: Day
    kind: Code
    label: Annotated[str, text(80)]


@dataclass(frozen=True, kw_only=True)
class ImportOfferRequest:
    days_off: list[DayOff] = field(default_factory=list)
    activities: Annotated[list[ImportedActivity], list_length(1, 50)]


@dataclass(frozen=True)
class ImportOfferAnswer:
    """`groups` maps references of groups to their ids."""

    groups: dict[str, str]


import_offer = Method(OWNER, "import_offer", ImportOfferRequest, ImportOfferAnswer, writes=True)
"""
A provider's offer from another software, open at once.

Repeating it with the same references changes nothing that the provider has changed since.
"""


PAGE = 200


class PlaceableGroup(TypedDict):
    """A group that children may have a place in, with the words by which a file may name it."""

    group_id: Id
    reference: Annotated[str, maybe_text(60), EMPTY]
    activity: Code
    activity_label: Annotated[str, text(120)]
    label: Annotated[str, text(120)]
    site: Annotated[str, maybe_text(120), EMPTY]
    school_year: Annotated[str, text(9)]
    booking: Annotated[str, one_of(BOOKINGS)]
    weekdays: Weekdays
    first_day: Day
    last_day: Day


@dataclass(frozen=True)
class PlaceableGroupsAnswer(PageAnswer):
    groups: Annotated[list[PlaceableGroup], list_length(0, PAGE)]


placeable_groups = Method(OWNER, "placeable_groups", PageRequest, PlaceableGroupsAnswer)
"""The provider's groups that are open and not over, for who brings places from elsewhere."""


class ImportedPlace(TypedDict):
    """
    A child's place from elsewhere, both days included.

    `group` is a reference of `import_offer`, or the id of a group. `waits_since`: the child has no
    place there, and has waited for one since that day.
    """

    child_id: Id
    group: Annotated[str, text(60)]
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]
    weekdays: Weekdays
    waits_since: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class ImportPlacesRequest:
    """`batch` names what is taken back together, "" for what never is."""

    places: Annotated[list[ImportedPlace], list_length(1, 500)]
    batch: Annotated[str, maybe_text(60)] = ""


FULL, ASKED_HERE, NO_GUARDIAN, ENDED = "full", "asked_here", "no_guardian", "ended"
WHY_NO_PLACE = (
    FULL,  # the group has no place left on that day
    ASKED_HERE,  # the family has asked for this group here, and that is not decided
    NO_GUARDIAN,  # nobody answers for the child by its file
    ENDED,  # its last day is before the group begins, or before its first
)


class RefusedPlace(TypedDict):
    child_id: Id
    group: Annotated[str, text(60)]
    why: Annotated[str, one_of(WHY_NO_PLACE)]


@dataclass(frozen=True)
class ImportPlacesAnswer:
    """
    Counts of what is new, and of what had come before or is here otherwise.

    `waiting` are children whose file has not come from the dossier yet: ask again a little later.
    Of who died none comes any more.
    """

    new: Count
    same: Count
    waiting: list[Id]
    refused: list[RefusedPlace]


import_places = Method(OWNER, "import_places", ImportPlacesRequest, ImportPlacesAnswer, writes=True)
"""
Children who already have a place, or wait for one. Safe to repeat: each comes once.

What was given up, changed or asked for here since stays. No notice leaves.
"""


@dataclass(frozen=True)
class UndoPlacesRequest:
    batch: Annotated[str, text(60)]
    after: str = ""


CHANGED, COUNTED = "changed", "counted"
WHY_PLACE_STAYS = (
    CHANGED,  # the family, the provider or a departure has changed something of it
    COUNTED,  # a day of it has passed, or somebody was marked
)


class KeptPlace(TypedDict):
    """A place or rank that an undo leaves; `group` is its name."""

    child_id: Id
    group: Annotated[str, text(120)]
    why: Annotated[str, one_of(WHY_PLACE_STAYS)]


@dataclass(frozen=True)
class UndoPlacesAnswer:
    """
    Count of places removed, and those that are kept.

    Ask again with `next` as `after`; it is "" at the end.
    """

    removed: Count
    kept: list[KeptPlace]
    next: str


undo_places = Method(OWNER, "undo_places", UndoPlacesRequest, UndoPlacesAnswer, writes=True)
"""Take back the places and ranks of a batch on which nothing was built. No notice leaves."""
