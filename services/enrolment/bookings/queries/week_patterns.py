"""
The weekly pattern of a place: the sessions for which a child is booked, by household.

An activity booked whole takes every session. If it is booked by the day, each household of a child
enters its own weekdays; until then those of the application count for the household that applied.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group, Place, WeekPattern
from shared.contracts.enrolment.places.published_offer import BOOKINGS
from shared.database.prebuilt_statements import execute, list_parameter

WHOLE, BY_DAY = BOOKINGS

_places = list_parameter("place_ids")
_PATTERNS = (
    select(
        *(Place.id, Activity.booking, Place.weekdays, Application.household_id),
        *(WeekPattern.household_id, WeekPattern.valid_from, WeekPattern.weekdays),
    )
    .join(Group, Group.id == Place.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .outerjoin(Application, Application.id == Place.application_id)
    .outerjoin(WeekPattern, WeekPattern.place_id == Place.id)
    .where(Place.id.in_(_places))
)
"""A row for each entry of a place; one without an entry where it has none."""


@dataclass(frozen=True)
class PatternEntry:
    """One household's weekdays ("1" Monday to "7") from a day on."""

    household_id: str
    valid_from: date
    weekdays: str


@dataclass(frozen=True)
class Pattern:
    """The pattern of one place; `asked_by` is None where no household asked for it itself."""

    booking: str
    weekdays: str
    asked_by: str | None = None
    entries: tuple[PatternEntry, ...] = ()

    def wants(self, household_id: str, day: date) -> bool:
        """Return whether the child is to come on a day that belongs to this household."""
        if self.booking == WHOLE:
            return True
        valid = [entry for entry in self.entries if entry.valid_from <= day]
        return str(day.isoweekday()) in self._latest_weekdays_among_entries(household_id, valid)

    def latest_weekdays_of_household(self, household_id: str) -> str:
        """
        Return the weekdays of a household's last entry, even if it is valid from a later day on.
        """
        return self._latest_weekdays_among_entries(household_id, self.entries)

    def latest_weekdays_of_households(self, households: Iterable[str]) -> str:
        """Return the weekdays of the last entries of several households together, in order."""
        return "".join(
            sorted({day for each in households for day in self.latest_weekdays_of_household(each)})
        )

    def _latest_weekdays_among_entries(
        self, household_id: str, entries: Collection[PatternEntry]
    ) -> str:
        own = [entry for entry in entries if entry.household_id == household_id]
        if own:
            return max(own, key=lambda entry: entry.valid_from).weekdays
        return self.weekdays if self.asked_by in (None, household_id) else ""


def week_patterns_by_place(read: Database, places: Collection[Place]) -> Mapping[str, Pattern]:
    """Return the patterns of these places by their ids."""
    ids = [place.id for place in places]
    if not ids:
        return {}
    asked: dict[str, tuple[str, str, str | None]] = {}
    entries: dict[str, list[PatternEntry]] = defaultdict(list)
    for place_id, booking, weekdays, asked_by, *entry in execute(read, _PATTERNS, place_ids=ids):
        asked[place_id] = booking, weekdays, asked_by
        if entry[0] is not None:
            entries[place_id].append(PatternEntry(*entry))
    return {
        place_id: Pattern(*known, entries=tuple(entries[place_id]))
        for place_id, known in asked.items()
    }
