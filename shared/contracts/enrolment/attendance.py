"""Attendance as a provider publishes it: quantities to billing, monthly counts to the dossier."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.message import Event, Method
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Count,
    Day,
    Id,
    Moment,
    Month,
    Variant,
    Version,
    list_length,
    one_of,
    text,
)

OWNER = "enrolment"

PRESENT, UNEXPECTED, ABSENT = "present", "unexpected", "absent"
EXCUSED, CANCELLED_LATE = "excused", "cancelled_late"
OUTCOMES = (
    PRESENT,
    UNEXPECTED,  # came without a booking
    ABSENT,  # booked, did not come, nobody said so in time
    EXCUSED,
    CANCELLED_LATE,
)

Outcome = Annotated[str, one_of(OUTCOMES)]
Minutes = Annotated[int, validate.Range(0, 1440)]


class AttendanceLine(TypedDict):
    """
    One child of a session.

    `minutes`, if the roll call records departures, is how long it stayed. `variant` is its
    attendance mode ("own_meal"), "" as usual: never the reason.
    """

    child_id: Id
    household_id: Id
    outcome: Outcome
    quantity: Annotated[int, validate.Range(0)]
    minutes: Annotated[Minutes | None, NONE]
    variant: Annotated[Variant, EMPTY]


@dataclass(frozen=True, kw_only=True)
class AttendanceRecorded:
    """`planned_minutes` is how long the session lasts; `late`: marks came after it was closed."""

    session_id: Id
    version: Version
    activity: Code
    group_id: Id
    day: Day
    late: bool
    planned_minutes: Minutes = 0
    lines: list[AttendanceLine]
    closed_at: Moment


attendance_recorded = Event(OWNER, "attendance_recorded", AttendanceRecorded)
"""
The whole attendance of one group on one day, as quantities without prices (rule R11).

A later version replaces the earlier one; billing turns the difference of a `late` one into a dated
adjustment and leaves issued bills as they are.
"""


@dataclass(frozen=True)
class PlaceRecorded:
    """`household_id` is the household that asked for the place. `cancelled`: it never began."""

    place_id: Id
    version: Version
    child_id: Id
    household_id: Id
    activity: Code
    group_id: Id
    valid_from: Day
    valid_to: Day | None = None
    cancelled: bool = False


place_recorded = Event(OWNER, "place_recorded", PlaceRecorded)
"""A place as what is owed by the month, the term or the year counts it: whole, versioned."""


@dataclass(frozen=True)
class ActivityCounted:
    child_id: Id
    activity: Code
    label: Annotated[str, text(120)]
    school_year: Annotated[str, text(9)]
    month: Month
    times: Annotated[int, validate.Range(0)]
    version: Version


activity_counted = Event(OWNER, "activity_counted", ActivityCounted)
"""Attendances of a child in one month (rule R10): never a day, never an hour. Whole state."""


class ImportedLine(TypedDict):
    """One child of an imported sheet."""

    child_id: Id
    outcome: Outcome
    quantity: Count


class ImportedSheet(TypedDict):
    """One day of a group; `group` is a reference of `places.import_offer`."""

    group: Annotated[str, text(60)]
    day: Day
    lines: list[ImportedLine]


@dataclass(frozen=True)
class ImportAttendanceRequest:
    sheets: Annotated[list[ImportedSheet], list_length(1, 100)]


@dataclass(frozen=True)
class ImportAttendanceAnswer:
    """
    `published` counts the sheets published to billing.

    `waiting` are children whose file has not come from the dossier yet: nothing of their sheet was
    published, ask again a little later.
    """

    published: Count
    waiting: list[Id]


import_attendance = Method(
    OWNER, "import_attendance", ImportAttendanceRequest, ImportAttendanceAnswer, writes=True
)
"""
Attendance of days gone by from another software, published to billing once.

Refused for a day of which this provider keeps a session itself.
"""
