"""Lines of campaigns on a household's card: the present place, the proposed one, the deadline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from services.enrolment.bookings.queries.week_patterns import (
    BY_DAY,
    Pattern,
    week_patterns_by_place,
)
from services.enrolment.families.queries.households import NOWHERE, homes_by_child
from services.enrolment.models import (
    Activity,
    Application,
    Group,
    Place,
    Renewal,
    RenewalCampaign,
)
from services.enrolment.models.offer import site_of_group
from services.enrolment.models.school_year.renewal import CLOSED, OPEN
from services.enrolment.school_year.renewal.rules.proposals import weekdays_that_group_has
from services.enrolment.school_year.renewal.rules.states import (
    households_with_place,
    kept_until,
    state_of_renewal_line,
)
from shared.contracts.enrolment.school_year.renewals import CurrentGroup, NextGroup, RenewalLine
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.tables.french_order import french_sort_column
from shared.dates.clock import midnight

ON_CARD_AFTER = timedelta(days=30)
"""Time after its deadline in which a campaign stays on the card."""

_after, _next_activity = aliased(Group), aliased(Activity)
_shown = (
    Renewal.child_id.in_(list_parameter("child_ids")),
    or_(
        RenewalCampaign.state == OPEN,
        and_(
            RenewalCampaign.state == CLOSED,
            RenewalCampaign.closes_at >= bindparam("since"),
        ),
    ),
)
_IDS = (
    select(Renewal.id)
    .join(RenewalCampaign, RenewalCampaign.id == Renewal.campaign_id)
    .where(*_shown)
)
_LINES = (
    select(Renewal, RenewalCampaign, Place, Group, Activity, _after, _next_activity, Application)
    .join(RenewalCampaign, RenewalCampaign.id == Renewal.campaign_id)
    .join(Place, Place.id == Renewal.place_id)
    .join(Group, Group.id == Renewal.from_group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .outerjoin(_after, _after.id == Renewal.group_id)
    .outerjoin(_next_activity, _next_activity.id == _after.activity_id)
    .outerjoin(Application, Application.id == Renewal.application_id)
    .where(*_shown)
    .order_by(french_sort_column(Activity.label), Renewal.id)
)


@dataclass(frozen=True)
class GivenPlace:
    """Next year's place, whose days the family may have changed since it was given."""

    place_id: str
    pattern: Pattern


@dataclass(frozen=True)
class Line:
    """All that was read of one line; next year's parts are None where no group is proposed."""

    row: Renewal
    campaign: RenewalCampaign
    place: Place
    group: Group
    activity: Activity
    after: Group | None
    next_activity: Activity | None
    request: Application | None
    pattern: Pattern
    given: GivenPlace | None
    homes: Collection[str]

    def is_place_of_household(self, household_id: str) -> bool:
        """Return whether this household has the place, alone or with another."""
        return household_id in households_with_place(self.row.household_id, self.homes)

    def line_for_household(self, household_id: str) -> RenewalLine:
        """Return the line as the contract has it."""
        request = self.request
        state = request.state if request else None
        days_now = self._weekdays_of_this_year(household_id)
        return {
            "renewal_id": self.row.id,
            "state": state_of_renewal_line(
                self.row.answer,
                state,
                proposed=self.after is not None,
                closed=self.campaign.state == CLOSED,
            ),
            "why": self.row.why,
            "until": self.campaign.closes_at,
            "kept_until": kept_until(state, request.answer_until if request else None),
            "by_day": self.next_activity is not None and self.next_activity.booking == BY_DAY,
            "now": _current_group_with_times(self.activity, self.group, days_now),
            "next": self._next_group(household_id, days_now),
            "school_year": self.campaign.to_year,
            "place_id": self.given.place_id if self.given else None,
        }

    def _weekdays_of_this_year(self, household_id: str) -> str:
        whole = self.pattern.booking != BY_DAY
        return (
            self.group.weekdays
            if whole
            else self.pattern.latest_weekdays_of_household(household_id)
        )

    def _next_group(self, household_id: str, days_now: str) -> NextGroup | None:
        after, activity = self.after, self.next_activity
        if after is None or activity is None:
            return None
        by_day = activity.booking == BY_DAY
        days = (
            self._weekdays_of_next_year(household_id, after, days_now) if by_day else after.weekdays
        )
        return {
            **_current_group_with_times(activity, after, days),
            "meets": _weekday_numbers(after.weekdays),
            "first_day": after.first_day,
            "last_day": after.last_day,
        }

    def _weekdays_of_next_year(self, household_id: str, after: Group, days_now: str) -> str:
        """Return the days of the place that is given, else those requested, else proposed."""
        if self.given is not None:
            return self.given.pattern.latest_weekdays_of_household(household_id)
        if self.request is not None:
            return self.request.weekdays
        return weekdays_that_group_has(days_now, after.weekdays)


def lines_of_children(
    read: Database, child_ids: Sequence[str], today: date
) -> Mapping[str, Sequence[Line]]:
    """Return the lines of these children that a card shows, by child."""
    given = {"child_ids": child_ids, "since": midnight(today) - ON_CARD_AFTER}
    if not child_ids or execute(read, _IDS, **given).first() is None:  # no campaign is shown
        return {}
    rows = read.execute(_LINES, given).all()
    patterns = week_patterns_by_place(read, [row[2] for row in rows])
    homes = homes_by_child(read, [row[0].child_id for row in rows])
    given_places = _given_places_by_application(read, [row[0].application_id for row in rows])
    by_child: dict[str, list[Line]] = {}
    for row in rows:
        child_id = row[0].child_id
        households = homes.get(child_id, NOWHERE).households
        line = Line(*row, patterns[row[2].id], given_places.get(row[0].application_id), households)
        by_child.setdefault(child_id, []).append(line)
    return by_child


def _given_places_by_application(
    read: Database, application_ids: Sequence[str | None]
) -> Mapping[str | None, GivenPlace]:
    ids = [application_id for application_id in application_ids if application_id]
    if not ids:
        return {}
    places = read.scalars(select(Place).where(Place.application_id.in_(ids))).all()
    patterns = week_patterns_by_place(read, places)
    return {place.application_id: GivenPlace(place.id, patterns[place.id]) for place in places}


def _current_group_with_times(activity: Activity, group: Group, weekdays: str) -> CurrentGroup:
    return {
        "activity_id": activity.id,
        "activity": activity.label,
        "code": activity.code,
        "group": group.label,
        "site": site_of_group(group, activity),
        "weekdays": _weekday_numbers(weekdays),
        "starts": group.starts,
        "ends": group.ends,
    }


def _weekday_numbers(weekdays: str) -> list[int]:
    return [int(digit) for digit in weekdays]
