"""Places that may go on next year, and the group proposed to each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import (
    Activity,
    ChildCard,
    Group,
    Place,
    RecordHold,
    Renewal,
    RenewalRoute,
)
from services.enrolment.places.admission.queries.child_file import applicants_by_child
from services.enrolment.school_year.renewal.rules.proposals import Meets, Proposal, propose_group
from shared.contracts.enrolment.place_conditions import projections_needed, school_years_until
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import not_ended_before_condition


@dataclass(frozen=True)
class Holder:
    """A place, and what is proposed to its child."""

    place: Place
    proposed: Proposal


def places_to_ask(
    read: Database, campaign_id: str, today: date, most: int | None = None
) -> list[Holder]:
    """
    Return the places not asked yet, the oldest first.

    Left out: places given up with a day, children without a file here, and muted children (rules'
    test 10).
    """
    routes = _routes_of_campaign(read, campaign_id)
    groups = _groups_of_activities(read, {*routes, *routes.values()})
    former = {group.id: group for group in groups if group.activity_id in routes}
    places = read.scalars(_select_places_not_asked(former, most)).all()
    activities = _activities_by_id(read, {*routes.values()})
    meets = {
        each.id: _make_meets_of_group(each, activities.get(each.activity_id)) for each in groups
    }
    after = {
        activity_id: [meets[each.id] for each in groups if each.activity_id == following]
        for activity_id, following in routes.items()
    }
    needed = projections_needed(*(stated for each in meets.values() for stated in each.conditions))
    children = applicants_by_child(read, {place.child_id for place in places}, needed, today)
    years = {
        activity_id: school_years_until(activities[following].school_year, today)
        for activity_id, following in routes.items()
    }
    return [
        Holder(
            place,
            propose_group(
                meets[place.group_id],
                after[group.activity_id],
                children[place.child_id],
                years[group.activity_id],
            ),
        )
        for place in places
        for group in [former[place.group_id]]
    ]


def _select_places_not_asked(group_ids: Collection[str], most: int | None) -> Select[Place]:
    asked = exists().where(Renewal.place_id == Place.id)
    muted = exists().where(RecordHold.child_id == Place.child_id, RecordHold.held.is_(True))
    return (
        select(Place)
        .join(ChildCard, ChildCard.child_id == Place.child_id)
        .join(Group, Group.id == Place.group_id)
        .where(
            Place.group_id.in_(group_ids),
            ~asked,
            ~muted,
            not_ended_before_condition(Place.valid_to, Group.last_day),
        )
        .order_by(Place.valid_from, Place.id)
        .limit(most)
    )


def _activities_by_id(read: Database, activity_ids: Collection[str]) -> Mapping[str, Activity]:
    query = select(Activity).where(Activity.id.in_(activity_ids))
    return {activity.id: activity for activity in read.scalars(query)}


def _routes_of_campaign(read: Database, campaign_id: str) -> Mapping[str, str]:
    query = select(RenewalRoute.activity_id, RenewalRoute.next_activity_id)
    return dict(read.execute(query.where(RenewalRoute.campaign_id == campaign_id)).all())


def _groups_of_activities(read: Database, activity_ids: set[str]) -> Sequence[Group]:
    query = select(Group).where(Group.activity_id.in_(activity_ids))
    return read.scalars(query.order_by(french_sort_column(Group.label), Group.id)).all()


def _make_meets_of_group(group: Group, activity: Activity | None) -> Meets:
    """Return as much of a group as decides; without the conditions of a year that is over."""
    return Meets(
        group.id,
        group.label,
        group.weekdays,
        group.starts,
        group.born_from,
        group.born_to,
        (activity.conditions, group.conditions) if activity else (),
    )
