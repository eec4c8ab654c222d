"""Places that may go on next year, and the group proposed to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import (
    ChildCard,
    Group,
    Place,
    RecordHold,
    Renewal,
    RenewalRoute,
)
from services.enrolment.renewal.rules.proposals import Meets, Proposal, propose_group


@dataclass(frozen=True)
class Holder:
    """A place, and what is proposed to its child."""

    place: Place
    proposed: Proposal


def places_to_ask(read: Database, campaign_id: str, most: int | None = None) -> list[Holder]:
    """
    Return the places not asked yet, the oldest first.

    Left out: places given up with a day, children without a file here, and muted children (rules'
    test 10).
    """
    routes = _routes_of_campaign(read, campaign_id)
    groups = _groups_of_activities(read, {*routes, *routes.values()})
    former = {group.id: group for group in groups if group.activity_id in routes}
    asked = exists().where(Renewal.place_id == Place.id)
    muted = exists().where(RecordHold.child_id == Place.child_id, RecordHold.held.is_(True))
    goes_on = or_(Place.valid_to.is_(None), Place.valid_to >= Group.last_day)
    rows = read.execute(
        select(Place, ChildCard.birth_date)
        .join(ChildCard, ChildCard.child_id == Place.child_id)
        .join(Group, Group.id == Place.group_id)
        .where(Place.group_id.in_(former), ~asked, ~muted, goes_on)
        .order_by(Place.valid_from, Place.id)
        .limit(most)
    ).all()
    after = {
        activity_id: [_meets_of_group(group) for group in groups if group.activity_id == following]
        for activity_id, following in routes.items()
    }
    return [
        Holder(place, propose_group(_meets_of_group(group), after[group.activity_id], born))
        for place, born in rows
        for group in [former[place.group_id]]
    ]


def _routes_of_campaign(read: Database, campaign_id: str) -> Mapping[str, str]:
    query = select(RenewalRoute.activity_id, RenewalRoute.next_activity_id)
    return dict(read.execute(query.where(RenewalRoute.campaign_id == campaign_id)).tuples().all())


def _groups_of_activities(read: Database, activity_ids: set[str]) -> Sequence[Group]:
    query = select(Group).where(Group.activity_id.in_(activity_ids))
    return read.scalars(query.order_by(Group.label, Group.id)).all()


def _meets_of_group(group: Group) -> Meets:
    return Meets(
        group.id, group.label, group.weekdays, group.starts, group.born_from, group.born_to
    )
