"""
The view that each household has of its children: places, applications, upcoming days.

Read in a fixed number of statements, however many households. A place is the child's and is shown
to both its households; an application to the household that applied; a day to its own household.
Renewals are listed as campaign lines until confirmed, not as applications.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, exists, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries import upcoming_days
from services.enrolment.bookings.queries.upcoming_days import ChildDay
from services.enrolment.bookings.queries.week_patterns import WHOLE, Pattern, week_patterns_by_place
from services.enrolment.families.queries.households import homes_by_child
from services.enrolment.families.queries.shielding import (
    hidden_homes,
    is_place_hidden,
)
from services.enrolment.family_cards.queries.household_children import (
    ACTS,
    APPLICATIONS,
    BOOKINGS,
    MARKS,
    PLACES,
    PROTECTED,
    RENEWALS,
    SCHOOL,
    HouseholdChildren,
    children_of_households,
)
from services.enrolment.models import (
    Activity,
    Application,
    Group,
    Place,
    Renewal,
)
from services.enrolment.models.offer import site_of_group
from services.enrolment.models.places import RENEWAL, UNDECIDED
from services.enrolment.places.admission.queries.waiting_list import (
    RANK_BY_ARRIVAL,
    ranks_of_applications,
)
from services.enrolment.school_year.enrolments.queries.enrolments import (
    SchoolLines,
    make_school_lines,
)
from services.enrolment.school_year.renewal.queries.card_lines import Line, lines_of_children
from shared.contracts.enrolment.places.family_cards import (
    CardApplication,
    CardChild,
    CardGroup,
    CardPlace,
)
from shared.contracts.enrolment.places.states import ACCEPTED
from shared.contracts.enrolment.school_year import renewals
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import midnight

DECIDED_ON_CARD = timedelta(days=30)
"""Time that a decided application stays on the card."""

_children = list_parameter("child_ids")
_PLACES = (
    select(Place, Group, Activity)
    .join(Group, Group.id == Place.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .where(
        Place.child_id.in_(_children),
        not_ended_before_condition(Place.valid_to, bindparam("today")),
    )
    .order_by(Place.valid_from, Place.id)
)
_answered = exists().where(
    Renewal.application_id == Application.id, Renewal.answer == renewals.CONFIRMED
)
_APPLICATIONS = (
    select(
        Application.id,
        Application.child_id,
        Application.group_id,
        Application.household_id,
        Application.state,
        Application.answer_until,
        Application.reason,
        Application.reason_detail,
        Application.submitted_at,
        Activity.id.label("activity_id"),
        Activity.label.label("activity"),
        Group.label.label("group"),
        RANK_BY_ARRIVAL.label("rank"),
    )
    .join(Group, Group.id == Application.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .where(
        Application.child_id.in_(_children),
        or_(Application.state.in_(UNDECIDED), Application.decided_at >= bindparam("since")),
        or_(Application.channel != RENEWAL, Application.state == ACCEPTED, _answered),
    )
    .order_by(Application.submitted_at, Application.id)
)

ApplicationRow = Row[*tuple[Any, ...]]
"""Columns of an application that a card shows, with its rank on a list in order of arrival."""


@dataclass(frozen=True)
class View:
    """Rows of some children, from which each household's part is taken."""

    places: Mapping[str, Sequence[Row[Place, Group, Activity]]]
    patterns: Mapping[str, Pattern]
    applications: Mapping[str, Sequence[ApplicationRow]]
    ranks: Mapping[str, int]
    days: Mapping[str, Sequence[ChildDay]]
    protected: Mapping[str, set[str]]
    renewals: Mapping[str, Sequence[Line]]
    schools: SchoolLines

    def child_for_household(self, child_id: str, household_id: str) -> CardChild:
        """Return one child as one household sees it."""
        hidden = self.protected.get(child_id, set()) - {household_id}
        seen = [day for day in self.days.get(child_id, ()) if day.owner not in hidden]
        return {
            "child_id": child_id,
            "places": [
                _place_as_on_card(*row, self.patterns[row[0].id], household_id)
                for row in self.places.get(child_id, ())
                if not is_place_hidden(self.patterns[row[0].id].asked_by, hidden)
            ],
            "applications": [
                _application_as_on_card(row, self.ranks)
                for row in self.applications.get(child_id, ())
                if row.household_id == household_id or (row.household_id is None and not hidden)
            ],
            "days": upcoming_days.days_shown_to(seen, {household_id}),
            "renewals": [
                line.line_for_household(household_id)
                for line in self.renewals.get(child_id, ())
                if line.is_place_of_household(household_id)
                and not is_place_hidden(line.row.household_id, hidden)
            ],
            "school_requests": self.schools.requests_shown_to_household(
                child_id, household_id, hidden
            ),
            "school_enrolments": self.schools.enrolments_shown_to_household(child_id, hidden),
            "school_waivers": self.schools.waivers_shown_to_household(
                child_id, household_id, hidden
            ),
        }

    def child_for_carer(self, child_id: str, booking: Collection[str], *, whole: bool) -> CardChild:
        """
        Return a child as its carer sees it: the days of these households, and no other's.

        Of a placed child these are all (`whole`), and its groups, for their bulletins; of a granted
        access, the granting home's.
        """
        days = self.days.get(child_id, ())
        shown = days if whole else [day for day in days if day.owner in booking]
        content = upcoming_days.days_shown_to(shown, booking)
        shown_child: CardChild = {
            "child_id": child_id,
            "places": [],
            "applications": [],
            "days": content,
            "renewals": [],
            "school_requests": [],
            "school_enrolments": [],
            "school_waivers": [],
        }
        groups = [_group_of_place(row[0], row[1]) for row in self.places.get(child_id, ())]
        return {**shown_child, "groups": groups} if whole and groups else shown_child


def children_by_household(
    read: Database, household_ids: Collection[str], today: date
) -> Mapping[str, list[CardChild]]:
    """Return by household its children here, if there is something to show of them."""
    children = children_of_households(read, household_ids, today)
    members, carers = children.members, children.carers
    view = _read_view(read, children, today)
    by_household: dict[str, list[CardChild]] = defaultdict(list)
    homes = homes_by_child(read, {child_id for _, child_id in carers}) if carers else {}
    for household_id, child_id in sorted({*members, *carers}):
        if (household_id, child_id) in members:
            content = view.child_for_household(child_id, household_id)
        else:
            living = homes[child_id].all_households if child_id in homes else frozenset()
            granted = carers[household_id, child_id]
            whole = "" in granted
            content = view.child_for_carer(
                child_id, living if whole else set(living) & granted, whole=whole
            )
        if any(part for name, part in content.items() if name != "child_id"):
            by_household[household_id].append(content)
    return by_household


def _read_view(read: Database, children: HouseholdChildren, today: date) -> View:
    places = _places_on_card(read, children.children_having_any(PLACES), today)
    applications = _applications_on_card(read, children.children_having_any(APPLICATIONS), today)
    unranked: list[Any] = [row for row in applications if row.rank is None]
    return View(
        places=_rows_by_child((row[0].child_id, row) for row in places),
        patterns=week_patterns_by_place(read, [row[0] for row in places]),
        applications=_rows_by_child((row.child_id, row) for row in applications),
        ranks=ranks_of_applications(read, unranked),
        days=upcoming_days.upcoming_days_by_child(
            read,
            today,
            booked=children.children_having_any(BOOKINGS),
            marked_today=children.children_having_any(MARKS),
            acted_on=children.children_having_any(ACTS),
        ),
        protected=hidden_homes(read, children.children_having_any(PROTECTED), ()),
        renewals=lines_of_children(read, children.children_having_any(RENEWALS), today),
        schools=make_school_lines(read, children.children_having_any(SCHOOL)),
    )


def _places_on_card(
    read: Database, child_ids: Sequence[str], today: date
) -> Sequence[Row[Place, Group, Activity]]:
    if not child_ids:
        return []
    return read.execute(_PLACES, {"child_ids": child_ids, "today": today}).all()


def _applications_on_card(
    read: Database, child_ids: Sequence[str], today: date
) -> Sequence[ApplicationRow]:
    if not child_ids:
        return []
    since = midnight(today) - DECIDED_ON_CARD
    return execute(read, _APPLICATIONS, child_ids=child_ids, since=since).all()


def _place_as_on_card(
    place: Place, group: Group, activity: Activity, pattern: Pattern, household_id: str
) -> CardPlace:
    whole = pattern.booking == WHOLE
    weekdays = group.weekdays if whole else pattern.latest_weekdays_of_household(household_id)
    return {
        "place_id": place.id,
        "activity_id": activity.id,
        "activity": activity.label,
        "group_id": group.id,
        "group": group.label,
        "site": site_of_group(group, activity),
        "booking": activity.booking,
        "weekdays": [int(digit) for digit in weekdays],
        "starts": group.starts,
        "ends": group.ends,
        "runs_in": group.runs_in,
        "valid_from": place.valid_from,
        "valid_to": place.valid_to,
    }


def _group_of_place(place: Place, group: Group) -> CardGroup:
    return {
        "activity_id": group.activity_id,
        "group_id": group.id,
        "valid_from": place.valid_from,
        "valid_to": place.valid_to,
    }


def _application_as_on_card(row: ApplicationRow, ranks: Mapping[str, int]) -> CardApplication:
    return {
        "application_id": row.id,
        "activity_id": row.activity_id,
        "activity": row.activity,
        "group": row.group,
        "state": row.state,
        "rank": row.rank or ranks.get(row.id),
        "answer_until": row.answer_until,
        "reason": row.reason,
        "reason_detail": row.reason_detail,
        "submitted_at": row.submitted_at,
    }


def _rows_by_child(rows: Iterable[tuple[str, Any]]) -> Mapping[str, list[Any]]:
    by_child: dict[str, list[Any]] = defaultdict(list)
    for child_id, row in rows:
        by_child[child_id].append(row)
    return by_child
