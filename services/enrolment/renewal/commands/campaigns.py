"""Campaigns as the provider writes them: a draft, opened once, or thrown away before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Group, RenewalCampaign, RenewalRoute
from services.enrolment.models.offer import DRAFT as DRAFT_OFFER
from services.enrolment.models.renewal import DRAFT, OPEN
from services.enrolment.offer.rules.calendar import next_school_year
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.runtime.ids import new_id


class AlreadyOver(Exception):
    """The deadline has passed: a campaign opened now would ask nobody."""


class NoRoute(Exception):
    """No activity goes on into one that has a group."""


@dataclass(frozen=True)
class Choice:
    """An activity that may go on, those of next year, and the one that is its copy, if any."""

    activity: Activity
    following: Sequence[Activity]
    copy: Activity | None


def campaigns(read: Database) -> list[RenewalCampaign]:
    """Return all campaigns, the latest deadline first."""
    wanted = select(RenewalCampaign).order_by(RenewalCampaign.closes_at.desc(), RenewalCampaign.id)
    return list(read.scalars(wanted))


def campaign_of(read: Database, campaign_id: str) -> RenewalCampaign:
    """Return a campaign; raises NotFound."""
    found = read.get(RenewalCampaign, campaign_id)
    if found is None:
        raise NotFound
    return found


def routes_of(read: Database, campaign_id: str) -> list[tuple[Activity, Activity]]:
    """Return the activities of a campaign, each with the one it goes on into, by name."""
    following = select(RenewalRoute.next_activity_id, RenewalRoute.activity_id).where(
        RenewalRoute.campaign_id == campaign_id
    )
    pairs = read.execute(following).all()
    ids = {one for pair in pairs for one in pair}
    known = {one.id: one for one in read.scalars(select(Activity).where(Activity.id.in_(ids)))}
    found = [(known[former], known[after]) for after, former in pairs]
    return sorted(found, key=lambda pair: (pair[0].label, pair[0].id))


def choices(read: Database, school_year: str, campaign_id: str | None = None) -> list[Choice]:
    """Return the activities of a year that no other campaign has, with what they may go on into."""
    own = campaign_id or ""
    elsewhere = select(RenewalRoute.activity_id).where(RenewalRoute.campaign_id != own)
    running = select(Activity).where(
        Activity.school_year == school_year,
        Activity.state != DRAFT_OFFER,
        Activity.id.not_in(elsewhere),
    )
    has_group = exists().where(Group.activity_id == Activity.id)
    following = list(
        read.scalars(
            select(Activity)
            .where(Activity.school_year == next_school_year(school_year), has_group)
            .order_by(Activity.label, Activity.id)
        )
    )
    return [
        Choice(
            one, following, next((each for each in following if each.copied_from == one.id), None)
        )
        for one in read.scalars(running.order_by(Activity.label, Activity.id))
    ]


def save(
    write: Write, campaign_id: str | None, values: Mapping[str, Any], routes: Mapping[str, str]
) -> RenewalCampaign:
    """
    Add or change a draft; `routes` are ids of activities, from this year to the next.

    Raises NotFound for what is no draft, and for activities that may not go on so.
    """
    campaign = _draft(write, campaign_id) if campaign_id else RenewalCampaign(id=new_id())
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.to_year = next_school_year(campaign.from_year)
    campaign.state = DRAFT
    allowed = {
        (choice.activity.id, each.id)
        for choice in choices(write, campaign.from_year, campaign.id)
        for each in choice.following
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


def open_campaign(write: Write, campaign_id: str, subject: str, now: datetime) -> RenewalCampaign:
    """Open a draft; families are asked from its first moment on. Raises AlreadyOver, NoRoute."""
    campaign = _draft(write, campaign_id)
    if campaign.closes_at <= now:
        raise AlreadyOver
    if not routes_of(write, campaign_id):
        raise NoRoute
    campaign.state, campaign.opened_by = OPEN, subject
    write.flush()
    return campaign


def throw_away(write: Write, campaign_id: str) -> None:
    """Delete a draft: nobody was asked anything."""
    write.delete(_draft(write, campaign_id))
    write.flush()


def locked(write: Write, campaign_id: str) -> RenewalCampaign:
    """Lock a campaign and return it as it stands; raises NotFound."""
    wanted = select(RenewalCampaign).where(RenewalCampaign.id == campaign_id).with_for_update()
    found = write.scalar(wanted, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound
    return found


def _draft(write: Write, campaign_id: str) -> RenewalCampaign:
    campaign = locked(write, campaign_id)
    if campaign.state != DRAFT:
        raise NotFound
    return campaign
