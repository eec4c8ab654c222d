"""A week of the staff at a site as its page shows it, and the sites that lack staff now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.staff.queries.children_at_sites import (
    Meeting,
    declarable_meetings_at_sites,
    hour_in_paris,
    meetings_with_children_present,
)
from services.enrolment.attendance.staff.queries.plannable_sites import sites_of_activities_between
from services.enrolment.attendance.staff.queries.shifts import (
    shifts_at_site_between,
    shifts_of_day_by_site,
    sites_with_staff,
    team_of_shifts,
)
from services.enrolment.attendance.staff.rules.children_per_adult import Terms
from services.enrolment.attendance.staff.rules.ratios import (
    Reception,
    Span,
    Team,
    spans_of_day,
    worst_span,
)
from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.models import StaffShift
from services.enrolment.offer.queries.calendar_days import school_holidays_between
from shared.dates.clock import PARIS
from shared.dates.periods import monday_of

DAYS = 7
FOLLOWED = timedelta(days=7)
"""A site is followed that plans its staff: somebody is planned there within so many days."""


@dataclass(frozen=True)
class StaffDay:
    """A day at a site: what is held, who works, and whether that is enough hour by hour."""

    day: date
    meetings: Sequence[Meeting]
    shifts: Sequence[StaffShift]
    spans: Sequence[Span]

    @property
    def worst(self) -> Span | None:
        """Return where most adults lack."""
        return worst_span(self.spans)

    @property
    def team(self) -> Team:
        return team_of_shifts(self.shifts)

    @property
    def has_any_limit(self) -> bool:
        """Say whether anything of the day has a limit."""
        return any(meeting.limit for meeting in self.meetings)


@dataclass(frozen=True)
class Gap:
    """A site at which adults lack today: now with who is there, later as it is planned."""

    site: str
    span: Span
    now: bool


def week_of_staff(
    read: Database, site: str, day: date, terms: Mapping[str, Terms]
) -> list[StaffDay]:
    """Return the days of a week at a site on which something is held, and the day itself."""
    first = monday_of(day)
    last = first + timedelta(days=DAYS - 1)
    meetings = declarable_meetings_at_sites(
        read, [site], first, last, terms, school_holidays_between(read, first, last)
    )
    shifts = shifts_at_site_between(read, site, first, last)
    held = {each.day for each in meetings} | {each.day for each in shifts} | {day}
    return [
        _make_staff_day(
            each,
            [meeting for meeting in meetings if meeting.day == each],
            [shift for shift in shifts if shift.day == each],
        )
        for each in sorted(held)
    ]


def meetings_and_piece_of_now(
    read: Database, shown: StaffDay, moment: datetime
) -> tuple[list[Meeting], Span | None]:
    """Return what is held at a site at this moment with who is there, and its piece of the day."""
    hour = hour_in_paris(moment)
    running = [each for each in shown.meetings if _is_meeting_running(each, hour)]
    if shown.day != moment.astimezone(PARIS).date() or not running:
        return [], None
    there = meetings_with_children_present(read, running)
    spans = spans_of_day([each.reception_as_it_is_now() for each in there], shown.shifts)
    return there, next((each for each in spans if each.starts <= hour < each.ends), None)


def gaps_of_today(
    read: Database, reach: Reach, moment: datetime, terms: Mapping[str, Terms]
) -> list[Gap]:
    """Return the sites that plan their staff and have too few today, those of now first."""
    day = moment.astimezone(PARIS).date()
    followed = sites_with_staff(read, day - FOLLOWED, day + FOLLOWED)
    if not followed:
        return []
    sites = followed & set(sites_of_activities_between(read, reach, day, day, terms))
    hour = hour_in_paris(moment)
    holidays = school_holidays_between(read, day, day)
    left = [
        each
        for each in declarable_meetings_at_sites(read, sites, day, day, terms, holidays)
        if hour < each.ends
    ]
    shifts = shifts_of_day_by_site(read, day, sites)
    there = meetings_with_children_present(
        read, [each for each in left if _is_meeting_running(each, hour)]
    )
    later = [each for each in left if each.starts > hour]
    found = []
    for site in sorted(sites):
        receptions = [each.reception_as_it_is_now() for each in there if each.site == site]
        receptions += [each.reception_as_planned() for each in later if each.site == site]
        worst = _worst_piece_from_hour(receptions, shifts.get(site, []), hour)
        if worst is not None:
            found.append(Gap(site, worst, now=worst.starts <= hour))
    return sorted(found, key=lambda gap: not gap.now)


def _make_staff_day(
    day: date, meetings: Sequence[Meeting], shifts: Sequence[StaffShift]
) -> StaffDay:
    spans = spans_of_day([each.reception_as_planned() for each in meetings], shifts)
    return StaffDay(day, meetings, shifts, spans)


def _worst_piece_from_hour(
    receptions: Sequence[Reception], shifts: Sequence[StaffShift], hour: str
) -> Span | None:
    """Return where most lack now; where nobody lacks now, where most do later."""
    spans = [each for each in spans_of_day(receptions, shifts) if hour < each.ends]
    return worst_span(each for each in spans if each.starts <= hour) or worst_span(spans)


def _is_meeting_running(meeting: Meeting, hour: str) -> bool:
    return meeting.starts <= hour < meeting.ends
