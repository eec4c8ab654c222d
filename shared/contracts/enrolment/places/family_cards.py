"""Cards of families and notices to them, as a provider publishes them to the portal."""

from dataclasses import dataclass, field
from typing import Annotated, NotRequired, TypedDict

from shared.contracts.enrolment.places.published_offer import BOOKINGS, RUNS_IN, TERM
from shared.contracts.enrolment.places.states import ApplicationState, BookedDay
from shared.contracts.enrolment.school_year.enrolments import (
    CardSchoolEnrolment,
    CardSchoolRequest,
    CardSchoolWaiver,
)
from shared.contracts.enrolment.school_year.renewals import RenewalLine
from shared.contracts.message import Event
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Content,
    Day,
    Id,
    Moment,
    Version,
    Weekdays,
    one_of,
    text,
)

OWNER = "enrolment"


class CardPlace(TypedDict):
    """A child's place, with its hours and the weekdays of the household whose card it is."""

    place_id: Id
    activity_id: Id
    activity: Annotated[str, text(120)]
    group_id: Annotated[str, EMPTY]
    group: Annotated[str, text(120)]
    site: Annotated[str, text(120)]
    booking: Annotated[str, one_of(BOOKINGS)]
    weekdays: Weekdays
    starts: Annotated[str, EMPTY]
    ends: Annotated[str, EMPTY]
    runs_in: Annotated[str, one_of(RUNS_IN), Default(TERM)]
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


class CardApplication(TypedDict):
    """An application, on the card of the household that asked."""

    application_id: Id
    activity_id: Id
    activity: Annotated[str, text(120)]
    group: Annotated[str, text(120)]
    state: ApplicationState
    rank: Annotated[int | None, NONE]
    answer_until: Annotated[Moment | None, NONE]
    reason: Annotated[str, EMPTY]
    reason_detail: Annotated[Content, Default(dict)]
    submitted_at: Moment


class CardGroup(TypedDict):
    """A group in which a placed child has a place: who has it in care reads its bulletins."""

    activity_id: Id
    group_id: Id
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


class CardChild(TypedDict):
    """One child as one household sees it; `groups` is there for who has a placed child in care."""

    child_id: Id
    places: list[CardPlace]
    applications: list[CardApplication]
    days: list[BookedDay]
    renewals: Annotated[list[RenewalLine], Default(list)]
    school_requests: Annotated[list[CardSchoolRequest], Default(list)]
    school_enrolments: Annotated[list[CardSchoolEnrolment], Default(list)]
    school_waivers: Annotated[list[CardSchoolWaiver], Default(list)]
    groups: NotRequired[list[CardGroup]]


@dataclass(frozen=True)
class FamilyCard:
    household_id: Id
    version: Version
    at: Moment
    children: list[CardChild]


family_card = Event(OWNER, "family_card", FamilyCard)
"""
All that one household sees of its children at one provider: whole state, versioned per household.

`days` are bookings and marks, from today over fourteen days. A place is the child's and is shown to
both households, with the weekdays of each; an application to the household that applied. A day of
the other household is `other`, as long as the child is expected. `renewals` are the lines of
campaigns for next year, shown to the household with the place. A request for a school is shown to
the household that asked; an enrolment or a waiver to all, but to no other than a protected one.
The carer of a placed child sees the days of all its households, and no place, only its groups.
"""

NOTICES = (
    "closure",
    "closure_lifted",
    "outing",
    "place_given",
    "place_offered",
    "offer_expired",
    "refused",
    "place_ended",
    "renewal_open",
    "renewal_reminder",
    "renewal_ending",
    "renewal_released",
    "operator_changed",
    "food",
    "health_unseen",
    "menu_to_check",
    "school_decided",
    "school_withdrawn",
    "school_admitted",
    "school_papers",
    "waiver_decided",
)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    `key` is unique per provider and household.

    `detail` holds days, moments, activity labels, codes and the provider's telephone number; never
    a name, a price or health.
    """

    household_id: Id
    key: Annotated[str, text(80)]
    kind: Annotated[str, one_of(NOTICES)]
    child_ids: list[Id]
    detail: Content = field(default_factory=dict)
    at: Moment


notice = Event(OWNER, "notice", Notice)
"""A notice to a household, sent once."""
