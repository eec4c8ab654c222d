"""
Alerts beside a child's name on the list: health, pick-up, and its booking.

Pure. The group button never marks a child with an alert, nor one whom an earlier session of the day
expected and did not see (rules, "Shared tablet").
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.dates.clock import PARIS
from shared.json_values import JsonMapping
from shared.register.entitlement import CARE_CORE, PICKUP

SEVERE_ALLERGY, CARE_PLAN, NOT_TO_HAND_OVER = "severe_allergy", "care_plan", "not_to_hand_over"
EXPIRED_PLAN = "expired_plan"
CHANGED = "changed_today"
"""Care that arrived on the day itself: a list that was printed or read before is without it."""
HANDOVER_CHANGED = "handover_changed_today"
"""Persons who may collect, or must not, told on the day: a door's list of before lacks them."""
ABOUT_CARE = frozenset(
    {SEVERE_ALLERGY, CARE_PLAN, EXPIRED_PLAN, NOT_TO_HAND_OVER, CHANGED, HANDOVER_CHANGED}
)
"""Alerts about the child itself: they hold in whatever group it turns up that day."""
NOT_BOOKED, CANCELLED, EXCUSED, LATE = "not_booked", "cancelled", "excused", "late"
MISSED, LEFT_EARLIER = "missed_earlier", "left_earlier"
WITH_OTHERS = "with_others"
"""Present in another group of the activity at the same hours: it is not here, nor to be counted."""
EXPECTED_WITH = "expected_with"
"""Booked in another group of the activity at the same hours: no family said that it is away."""
BY_CARER = "carer"
"""The text of an absence that a carer said, or somebody who was granted it; guardians are usual."""

BOOKED = "booked"

ON_THE_WAY_TO_CLASS = timedelta(minutes=30)
"""Time before the end of a session from which who leaves it goes on to the next as usual."""

CARE = ("allergies", "treatments", "care_plan", "remarks")
"""Parts of a content by which somebody acts: without any of them a change is no alert."""


@dataclass(frozen=True)
class Alert:
    """One thing to know; `text` is a substance, a name or an activity, `at` an instant."""

    code: str
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Sighting:
    """
    The last activity of the day that saw a child, and when.

    `left_before` is the end of that session where the child was marked as gone, else None.
    """

    activity: str
    at: datetime
    left_before: datetime | None = None

    @property
    def has_left_early(self) -> bool:
        """Return whether the child went long before the end: ill, or fetched."""
        return self.left_before is not None and self.left_before - self.at > ON_THE_WAY_TO_CLASS


@dataclass(frozen=True)
class Expected:
    """
    Booking of a child on that day; `missed` is the activity that did not see it.

    `seen` is the last one that did, `with_others` the group in which it is at these hours,
    `expected_with` the one in which it is booked.
    """

    booking: str | None
    changed_at: datetime | None = None
    missed: str = ""
    by_carer: bool = False
    seen: Sighting | None = None
    with_others: str = ""
    expected_with: str = ""


def alerts_of_child(
    contents: Mapping[str, JsonMapping],
    received: Mapping[str, datetime],
    expected: Expected,
    day: date,
) -> list[Alert]:
    """
    Return the alerts of a child, most urgent first, from what the reader's roles may see.

    `received` says when each of the contents arrived; of what is kept for its end it says nothing.
    """
    return [
        *_health_alerts(contents, day),
        *_change_alerts(contents, received, day),
        *_pickup_alerts(contents),
        *([Alert(MISSED, expected.missed)] if expected.missed else []),
        *_departure_alerts(expected.seen),
        *([Alert(WITH_OTHERS, expected.with_others)] if expected.with_others else []),
        *_booking_alerts(expected),
    ]


def changes_at_door(
    contents: Mapping[str, JsonMapping], received: Mapping[str, datetime], day: date
) -> list[Alert]:
    """
    Return what of a list for the door arrived on its day: care, and who collects a child.

    Where nobody may collect it any more that counts too.
    """
    barred = contents.get(CARE_CORE, {}).get("not_to_hand_over")
    parts = {PICKUP, CARE_CORE} if barred else {PICKUP}
    return [
        *_change_alerts(contents, received, day),
        *_alerts_of_arrival(HANDOVER_CHANGED, parts, received, day),
    ]


def _change_alerts(
    contents: Mapping[str, JsonMapping], received: Mapping[str, datetime], day: date
) -> list[Alert]:
    parts = {name for name, content in contents.items() if any(content.get(part) for part in CARE)}
    return _alerts_of_arrival(CHANGED, parts, received, day)


def _alerts_of_arrival(
    code: str, projections: Set[str], received: Mapping[str, datetime], day: date
) -> list[Alert]:
    """Return one alert where any of these projections arrived on the day, with the latest hour."""
    moments = (received[projection] for projection in projections & received.keys())
    arrived = [at for at in moments if at.astimezone(PARIS).date() == day]
    return [Alert(code, at=max(arrived))] if arrived else []


def _health_alerts(contents: Mapping[str, JsonMapping], day: date) -> list[Alert]:
    sources = (contents.get("allergies"), contents.get("health_sheet"))
    allergies = next((source for source in sources if source), {}).get("allergies", [])
    severe = [
        Alert(SEVERE_ALLERGY, allergy["substance"])
        for allergy in allergies
        if allergy["severity"] == "severe"
    ]
    plan = contents.get(CARE_CORE, {}).get("care_plan")
    if not plan:
        return severe
    expired = date.fromisoformat(plan["valid_until"]) < day
    return [*severe, Alert(EXPIRED_PLAN if expired else CARE_PLAN)]


def _pickup_alerts(contents: Mapping[str, JsonMapping]) -> list[Alert]:
    barred = contents.get(CARE_CORE, {}).get("not_to_hand_over", [])
    return [Alert(NOT_TO_HAND_OVER, name) for name in barred]


def _departure_alerts(seen: Sighting | None) -> list[Alert]:
    """Return one alert for who went home during an earlier session: nobody is to be looked for."""
    if seen is None or not seen.has_left_early:
        return []
    return [Alert(LEFT_EARLIER, seen.activity, seen.at)]


def _booking_alerts(expected: Expected) -> list[Alert]:
    if expected.booking == BOOKED:
        return []
    if expected.expected_with:
        return [] if expected.with_others else [Alert(EXPECTED_WITH, expected.expected_with)]
    if expected.booking in (CANCELLED, EXCUSED, LATE):
        said_by = BY_CARER if expected.by_carer else ""
        return [Alert(expected.booking, said_by, expected.changed_at)]
    return [Alert(NOT_BOOKED)]
