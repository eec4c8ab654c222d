"""Campaigns as the provider writes them: a draft, opened once, or thrown away before."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select

from services.enrolment.models import RenewalCampaign, RenewalRoute
from services.enrolment.models.school_year.renewal import DRAFT, OPEN
from services.enrolment.offer.rules.calendar import next_school_year
from services.enrolment.school_year.renewal.queries.campaigns import (
    route_choices,
    routes_of_campaign,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.runtime.ids import new_id


class AlreadyOver(Exception):
    """The deadline has passed: the campaign would reach no family."""


class NoRoute(Exception):
    """No activity goes on into one that has a group."""


def save_draft(
    write: Write, campaign_id: str | None, values: Mapping[str, object], routes: Mapping[str, str]
) -> RenewalCampaign:
    """
    Add or change a draft; `routes` are ids of activities, from this year to the next.

    Raises NotFound for what is no draft, and for activities that may not go on so.
    """
    campaign = _lock_draft(write, campaign_id) if campaign_id else RenewalCampaign(id=new_id())
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.to_year = next_school_year(campaign.from_year)
    campaign.state = DRAFT
    allowed = {
        (choice.activity.id, activity.id)
        for choice in route_choices(write, campaign.from_year, campaign.id)
        for activity in choice.following
    }
    if not set(routes.items()) <= allowed:
        raise NotFound
    write.add(campaign)
    write.flush()
    write.execute(delete(RenewalRoute).where(RenewalRoute.campaign_id == campaign.id))
    write.add_all(
        RenewalRoute(campaign_id=campaign.id, activity_id=former, next_activity_id=after)
        for former, after in sorted(routes.items())
    )
    write.flush()
    return campaign


def open_drafted_campaign(
    write: Write, campaign_id: str, subject: str, now: datetime
) -> RenewalCampaign:
    """Open a draft; families are asked from its first moment on. Raises AlreadyOver, NoRoute."""
    campaign = _lock_draft(write, campaign_id)
    if campaign.closes_at <= now:
        raise AlreadyOver
    if not routes_of_campaign(write, campaign_id):
        raise NoRoute
    campaign.state, campaign.opened_by = OPEN, subject
    write.flush()
    return campaign


def delete_draft(write: Write, campaign_id: str) -> None:
    """Delete a draft: it has asked no family."""
    write.delete(_lock_draft(write, campaign_id))
    write.flush()


def lock_campaign(write: Write, campaign_id: str) -> RenewalCampaign:
    """Lock a campaign and return it; raises NotFound."""
    query = select(RenewalCampaign).where(RenewalCampaign.id == campaign_id).with_for_update()
    campaign = write.scalar(query)
    if campaign is None:
        raise NotFound
    return campaign


def _lock_draft(write: Write, campaign_id: str) -> RenewalCampaign:
    campaign = lock_campaign(write, campaign_id)
    if campaign.state != DRAFT:
        raise NotFound
    return campaign
