"""Campaigns of renewal, their routes, and where an activity may go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Group, RenewalCampaign, RenewalRoute
from services.enrolment.models.offer import DRAFT as DRAFT_OFFER
from services.enrolment.offer.rules.calendar import next_school_year
from shared.contracts.errors import NotFound
from shared.database.tables.french_order import french_sort_column


@dataclass(frozen=True)
class Choice:
    """An activity that may go on, those of next year, and its copy among them, if any."""

    activity: Activity
    following: Sequence[Activity]
    copy: Activity | None


def all_campaigns(read: Database) -> list[RenewalCampaign]:
    """Return all campaigns, the latest deadline first."""
    query = select(RenewalCampaign).order_by(RenewalCampaign.closes_at.desc(), RenewalCampaign.id)
    return list(read.scalars(query))


def require_campaign(read: Database, campaign_id: str) -> RenewalCampaign:
    """Return a campaign; raises NotFound."""
    campaign = read.get(RenewalCampaign, campaign_id)
    if campaign is None:
        raise NotFound
    return campaign


def routes_of_campaign(read: Database, campaign_id: str) -> list[tuple[Activity, Activity]]:
    """Return the activities of a campaign, each with the one it goes on into, by name."""
    following = select(RenewalRoute.next_activity_id, RenewalRoute.activity_id).where(
        RenewalRoute.campaign_id == campaign_id
    )
    pairs = read.execute(following).all()
    ids = {activity_id for pair in pairs for activity_id in pair}
    known = {
        activity_id.id: activity_id
        for activity_id in read.scalars(select(Activity).where(Activity.id.in_(ids)))
    }
    routes = [(known[former], known[after]) for after, former in pairs]
    return sorted(routes, key=lambda pair: (pair[0].label, pair[0].id))


def route_choices(read: Database, school_year: str, campaign_id: str | None = None) -> list[Choice]:
    """Return the activities of a year without another campaign, with their possible successors."""
    own = campaign_id or ""
    elsewhere = select(RenewalRoute.activity_id).where(RenewalRoute.campaign_id != own)
    running = select(Activity).where(
        Activity.school_year == school_year,
        Activity.state != DRAFT_OFFER,
        Activity.id.not_in(elsewhere),
    )
    following = activities_offered_next_year(read, school_year)
    return [
        Choice(
            activity,
            following,
            next(
                (candidate for candidate in following if candidate.copied_from == activity.id), None
            ),
        )
        for activity in read.scalars(
            running.order_by(french_sort_column(Activity.label), Activity.id)
        )
    ]


def activities_offered_next_year(read: Database, school_year: str) -> list[Activity]:
    """Return the activities with groups of the year after this one, drafts among them."""
    has_group = exists().where(Group.activity_id == Activity.id)
    query = select(Activity).where(Activity.school_year == next_school_year(school_year), has_group)
    return list(read.scalars(query.order_by(french_sort_column(Activity.label), Activity.id)))
