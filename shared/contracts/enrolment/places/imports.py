"""Offers and places that a provider takes over from another software."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.enrolment.places.published_offer import RUNS_IN, ActivityTerms, Timetable
from shared.contracts.message import Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Day,
    Id,
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


class ImportedPlace(TypedDict):
    """A child's place from elsewhere; `group` is a reference of `import_offer`."""

    child_id: Id
    group: Annotated[str, text(60)]
    valid_from: Day
    weekdays: Weekdays


@dataclass(frozen=True)
class ImportPlacesRequest:
    places: Annotated[list[ImportedPlace], list_length(1, 500)]


@dataclass(frozen=True)
class ImportPlacesAnswer:
    """
    `given` counts the children who have their place now.

    `waiting` are children whose file has not come from the dossier yet: ask again a little later.
    """

    given: int
    waiting: list[Id]


import_places = Method(OWNER, "import_places", ImportPlacesRequest, ImportPlacesAnswer, writes=True)
"""Children who already have a place. Safe to repeat."""
