"""
Hours of presence as the CAF asks for them: by kind of reception, slot and age, of one quarter.

Pure. A child that was there for a part of a slot counts for all of it; who was absent counts for
nothing, billed or not. A Wednesday of school counts nine hours at most, a half day of it without
the meal four (CAF 34). Wednesday is périscolaire; Saturdays, Sundays and holidays are
extrascolaire (R227-1 of the code de l'action sociale et des familles).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

MORNING, NOON, EVENING, WEDNESDAY = "morning", "noon", "evening", "wednesday"
WEEKEND, HOLIDAYS = "weekend", "holidays"
SLOTS = (MORNING, NOON, EVENING, WEDNESDAY, WEEKEND, HOLIDAYS)
OUTSIDE_SCHOOL = frozenset({WEEKEND, HOLIDAYS})
MOST_ON_WEDNESDAY, MOST_ON_HALF_OF_IT = 9 * 60, 4 * 60
MEAL_TIME = 12 * 60 + 30
"""A session before or after it is a half day; one that lasts through it has the meal."""
NOON_BEGINS, NOON_ENDS = "10:00", "14:00"


@dataclass(frozen=True)
class Attended:
    """Sessions of one length, alike in site, activity and hour, on one day: who came, by age."""

    site: str
    activity: str
    day: date
    starts: str
    minutes: int
    under_6: int
    from_6: int
    from_12: int
    age_unknown: int


@dataclass(frozen=True)
class HoursLine:
    """Minutes of presence at a site, of one activity in one slot, by age."""

    site: str
    activity: str
    slot: str
    under_6: int = 0
    from_6: int = 0
    from_12: int = 0
    age_unknown: int = 0
    fund: str = field(default="", kw_only=True)
    """The families' fund, "" where nobody was asked for it."""

    @property
    def total(self) -> int:
        return self.under_6 + self.from_6 + self.from_12 + self.age_unknown


def slot_of_session(day: date, starts: str, holidays: Collection[date]) -> str:
    """Return the slot of a session that begins at "HH:MM" on a day."""
    if day.isoweekday() > 5:
        return WEEKEND
    if day in holidays:
        return HOLIDAYS
    if day.isoweekday() == 3:
        return WEDNESDAY
    return MORNING if starts < NOON_BEGINS else NOON if starts < NOON_ENDS else EVENING


def minutes_counted_by_child(slot: str, starts: str, minutes: int) -> int:
    """Return for how many minutes each child of a session counts."""
    if slot != WEDNESDAY:
        return minutes
    hour, minute = map(int, starts.split(":"))
    begins = hour * 60 + minute
    has_meal = begins < MEAL_TIME < begins + minutes
    return min(minutes, MOST_ON_WEDNESDAY if has_meal else MOST_ON_HALF_OF_IT)


def hours_by_site_and_slot(
    attended: Iterable[Attended], holidays: Collection[date]
) -> list[HoursLine]:
    """Return the statement, by site, activity and slot."""
    lines: dict[tuple[str, str, str], list[int]] = {}
    for each in attended:
        slot = slot_of_session(each.day, each.starts, holidays)
        minutes = minutes_counted_by_child(slot, each.starts, each.minutes)
        came = (each.under_6, each.from_6, each.from_12, each.age_unknown)
        line = lines.setdefault((each.site, each.activity, slot), [0, 0, 0, 0])
        for at, children in enumerate(came):
            line[at] += children * minutes
    made = [HoursLine(*key, *minutes) for key, minutes in lines.items()]
    return sorted(made, key=lambda line: (line.site, line.activity, SLOTS.index(line.slot)))
