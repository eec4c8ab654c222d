"""
Receptions at sites: their sessions with the children booked, and those who are there now, by age.

Counted from bookings and marks as they are at that moment. Rows name children by id alone, and what
leaves here are numbers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import PRESENT
from services.enrolment.attendance.staff.rules.children_per_adult import (
    Limit,
    Terms,
    children_per_adult_limit,
)
from services.enrolment.attendance.staff.rules.ratios import NOBODY, Ages, Reception
from services.enrolment.figures.rules.caf_hours import slot_of_session
from services.enrolment.models import Activity, Booking, ChildCard, Group, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from services.enrolment.models.places import BOOKED
from shared.database.chunks import chunks
from shared.dates.ages import AGE_UNKNOWN, UNDER_6, age_band
from shared.dates.clock import PARIS

AT_ONCE = 500
END_OF_DAY = "23:59"
"""The hour until which a reception is judged: nights have rules of their own."""


@dataclass(frozen=True)
class Meeting:
    """
    The sessions of an activity at a site from one hour to another, whatever the group.

    `present` are marked as there; `here` adds who is booked and has no mark yet, for whom there
    must be somebody too. Both are of a day on which the roll is called.
    """

    site: str
    code: str
    activity: str
    day: date
    starts: str
    ends: str
    limit: Limit | None
    session_ids: Sequence[str]
    booked: Ages = NOBODY
    present: Ages = NOBODY
    here: Ages = NOBODY

    def reception_as_planned(self) -> Reception:
        """Return the reception with the children who are booked."""
        return Reception(self.starts, self.ends, self.booked, self.limit)

    def reception_as_it_is_now(self) -> Reception:
        """Return the reception with the children who are there, or are waited for."""
        return Reception(self.starts, self.ends, self.here, self.limit)


def declarable_meetings_at_sites(
    read: Database,
    sites: Collection[str],
    first: date,
    last: date,
    terms: Mapping[str, Terms],
    holidays: Collection[date],
) -> list[Meeting]:
    """Return what activities that may be declared hold at sites, by day, hour and activity."""
    rows = read.execute(
        select(Session, GROUP_SITE, Activity.code, Activity.label)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.day.between(first, last), Session.state == PLANNED)
        .where(Activity.code.in_(terms), GROUP_SITE.in_(sites))
    )
    together: dict[tuple[date, str, str, str, str, str], list[Session]] = defaultdict(list)
    for session, site, code, label in rows:
        together[session.day, *_hours_in_paris(session), label, code, site].append(session)
    booked = _birth_dates_of_booked(
        read, [each.id for sessions in together.values() for each in sessions]
    )
    found = []
    for (day, starts, ends, label, code, site), sessions in sorted(together.items()):
        minutes = max(each.ends_at - each.starts_at for each in sessions) // timedelta(minutes=1)
        limit = children_per_adult_limit(
            terms[code], slot_of_session(day, starts, holidays), minutes
        )
        ids = [each.id for each in sessions]
        born = [child for session_id in ids for child in booked.get(session_id, {}).values()]
        found.append(
            Meeting(
                site,
                code,
                label,
                day,
                starts,
                ends,
                limit,
                ids,
                count_children_by_age_on(born, day),
            )
        )
    return found


def meetings_with_children_present(read: Database, meetings: Iterable[Meeting]) -> list[Meeting]:
    """Return meetings of a day with the children who are there, or are waited for."""
    meetings = list(meetings)
    ids = [session_id for each in meetings for session_id in each.session_ids]
    booked = _birth_dates_of_booked(read, ids)
    marked: dict[str, dict[str, str]] = defaultdict(dict)
    for (session_id, child_id), state in resolved_states(read, ids).items():
        if state.kind is not None:
            marked[session_id][child_id] = state.kind
    born = _birth_dates(read, {child for of in marked.values() for child in of})
    for children in booked.values():
        born |= children
    return [_meeting_with_marked_children(each, booked, marked, born) for each in meetings]


def count_children_by_age_on(born: Iterable[date | None], day: date) -> Ages:
    """Return children by age on a day; one without a birth date is counted as a little one."""
    bands = [age_band(each, day) for each in born]
    little = sum(band in (UNDER_6, AGE_UNKNOWN) for band in bands)
    return Ages(little, len(bands) - little)


def _meeting_with_marked_children(
    meeting: Meeting,
    booked: Mapping[str, Mapping[str, date | None]],
    marked: Mapping[str, Mapping[str, str]],
    born: Mapping[str, date | None],
) -> Meeting:
    present: list[date | None] = []
    here: list[date | None] = []
    for session_id in meeting.session_ids:
        marks = marked.get(session_id, {})
        came = [born.get(child) for child, kind in marks.items() if kind == PRESENT]
        waited_for = [
            day for child, day in booked.get(session_id, {}).items() if child not in marks
        ]
        present += came
        here += [*came, *waited_for]
    day = meeting.day
    return replace(
        meeting,
        present=count_children_by_age_on(present, day),
        here=count_children_by_age_on(here, day),
    )


def _birth_dates_of_booked(
    read: Database, session_ids: Sequence[str]
) -> dict[str, dict[str, date | None]]:
    """Return by session the birth dates of the children who are booked."""
    found: dict[str, dict[str, date | None]] = defaultdict(dict)
    for chunk in chunks(session_ids, AT_ONCE):
        rows = read.execute(
            select(Booking.session_id, Booking.child_id, ChildCard.birth_date)
            .outerjoin(ChildCard, ChildCard.child_id == Booking.child_id)
            .where(Booking.session_id.in_(chunk), Booking.state == BOOKED)
        )
        for session_id, child_id, born in rows:
            found[session_id][child_id] = born
    return found


def _birth_dates(read: Database, child_ids: Collection[str]) -> dict[str, date | None]:
    found: dict[str, date | None] = {}
    for chunk in chunks(sorted(child_ids), AT_ONCE):
        cards = select(ChildCard.child_id, ChildCard.birth_date)
        found.update(read.execute(cards.where(ChildCard.child_id.in_(chunk))).all())
    return found


def _hours_in_paris(session: Session) -> tuple[str, str]:
    """Return from when to when in Paris; what goes on overnight ends with the day."""
    ends = session.ends_at.astimezone(PARIS)
    return hour_in_paris(session.starts_at), (
        hour_in_paris(session.ends_at) if ends.date() == session.day else END_OF_DAY
    )


def hour_in_paris(moment: datetime) -> str:
    """Return what a clock in Paris shows, "HH:MM"."""
    return f"{moment.astimezone(PARIS):%H:%M}"
