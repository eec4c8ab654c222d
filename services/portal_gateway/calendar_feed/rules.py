"""
A guardian's days as an iCalendar feed (RFC 5545): first name, activity, hours, nothing else. Pure.

What is taken back stays for a while as cancelled: a reader that merges would keep it otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event, Timezone

from services.portal_gateway.schedule.rules.family_days import Day
from shared.contracts.enrolment.places import states
from shared.dates.clock import PARIS

READ_AGAIN_AFTER = timedelta(hours=4)
"""Interval at which a program is asked to read the feed again; each reads when it likes."""

COMING = frozenset({states.BOOKED, states.PRESENT})
TAKEN_BACK = frozenset({states.CANCELLED, states.EXCUSED, states.CLOSED, states.ABSENT})
"""Other states are no event: a free day, a full one, and the day of the child's other home."""

_EVENTS = UUID("6b9e2c1f-50d4-4a55-9a0e-2c7b1a3f6d84")
"""Namespace of the ids of events."""

_PARIS_RULES = Timezone.from_ical(
    "\r\n".join(
        (
            "BEGIN:VTIMEZONE",
            "TZID:Europe/Paris",
            "BEGIN:DAYLIGHT",
            "DTSTART:19960331T020000",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "TZNAME:CEST",
            "END:DAYLIGHT",
            "BEGIN:STANDARD",
            "DTSTART:19961027T030000",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "TZNAME:CET",
            "END:STANDARD",
            "END:VTIMEZONE",
        )
    )
)
"""Two rules instead of each change until 2038: what EU law says until it says otherwise."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the feed in the language of its reader."""

    calendar: str
    taken_back: str
    """The suffix of the title of an event that was taken back."""


@dataclass(frozen=True, slots=True)
class FeedDay:
    """One day of a child, with when its provider said so."""

    day: Day
    said_at: datetime


def write_feed(
    subject: str, days: Iterable[FeedDay], first_names: Mapping[str, str], words: Words
) -> bytes:
    """
    Return the feed of a guardian; the same days give the same bytes.

    The id of an event is of this guardian, child and session: it stays, and cannot be compared with
    the feed of anybody else.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Préau//Espace familles//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", words.calendar)
    calendar.add("x-wr-calname", words.calendar)
    calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    calendar.add_component(_PARIS_RULES)
    for each in days:
        if each.day.state in COMING | TAKEN_BACK:
            calendar.add_component(_calendar_event(subject, each, first_names, words))
    return calendar.to_ical()


def _calendar_event(
    subject: str, entry: FeedDay, first_names: Mapping[str, str], words: Words
) -> Event:
    day = entry.day
    title = f"{first_names[day.child_id]} · {day.activity}"
    taken_back = day.state in TAKEN_BACK
    event = Event()
    event.add("uid", str(uuid5(_EVENTS, f"{subject}|{day.child_id}|{day.session_id}")))
    event.add("dtstamp", entry.said_at)
    event.add("dtstart", day.starts_at.astimezone(PARIS))
    event.add("dtend", day.ends_at.astimezone(PARIS))
    event.add("summary", f"{title} ({words.taken_back})" if taken_back else title)
    event.add("status", "CANCELLED" if taken_back else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event
