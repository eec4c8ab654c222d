"""Deadlines of campaigns: begin to ask, remind families without an answer, and end."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Place, Renewal, RenewalCampaign
from services.enrolment.models.school_year.renewal import CLOSED, OPEN, UNANSWERED
from services.enrolment.offer.rules.calendar import school_year_days
from services.enrolment.places.giving.commands.group_admission import lock_group_admissions
from services.enrolment.school_year.renewal.commands import notices
from services.enrolment.school_year.renewal.commands.answers import end_place_with_year
from services.enrolment.school_year.renewal.commands.campaign_lines import (
    add_lines_for_unasked_places,
)
from services.enrolment.school_year.renewal.commands.campaigns import lock_campaign
from services.enrolment.school_year.renewal.queries.places_to_ask import places_to_ask
from services.enrolment.school_year.renewal.queries.unanswered_lines import unanswered_lines
from services.enrolment.school_year.renewal.rules.states import reminder_moment
from shared.database import Store, Write
from shared.database.tables.validity import ends_after_condition
from shared.dates.clock import PARIS

ENDED_AT_ONCE = 100
ENDS_WITHIN = timedelta(days=2)
"""Time after its deadline in which a campaign is still handled."""

Step = Callable[[Write, str, datetime], int]


def carry_out_due_steps(store: Store, now: datetime) -> None:
    """Do what is due in every campaign, a short transaction at a time; safe to repeat."""
    with store.read() as read:
        steps = [
            (campaign.id, step)
            for campaign in _running_campaigns(read, now)
            for step in _due_steps(read, campaign, now)
        ]
    for campaign_id, step in steps:
        while _run_step(store, step, campaign_id, now):
            pass


def remind_before_deadline(write: Write, campaign_id: str, now: datetime) -> int:
    """Remind families without an answer, some days before the deadline; return how many."""
    campaign = lock_campaign(write, campaign_id)
    since = reminder_moment(campaign.closes_at, campaign.remind_days)
    ripe = since is not None and since <= now < campaign.closes_at
    if campaign.state != OPEN or campaign.reminded_at is not None or not ripe:
        return 0
    campaign.reminded_at = now
    return notices.notify_of_release_to_come(
        write, campaign, unanswered_lines(write, campaign), now
    )


def remind_on_order(write: Write, campaign_id: str, now: datetime) -> int:
    """Remind on an agent's order, each household once."""
    campaign = lock_campaign(write, campaign_id)
    if campaign.state != OPEN or not campaign.opens_at <= now < campaign.closes_at:
        return 0
    return notices.notify_of_reminder(write, campaign, unanswered_lines(write, campaign), now)


def close_campaign(write: Write, campaign_id: str, now: datetime) -> int:
    """End a campaign at its deadline; places that were kept end as offers do."""
    campaign = lock_campaign(write, campaign_id)
    if campaign.state != OPEN or now < campaign.closes_at:
        return 0
    campaign.state = CLOSED
    return 1


def end_unanswered_places(write: Write, campaign_id: str, now: datetime) -> int:
    """
    End some of the unanswered places with their school year; return how many.

    Without an end, dues by the year would be billed for the next one too.
    """
    campaign = lock_campaign(write, campaign_id)
    if campaign.state != CLOSED:
        return 0
    lines = _unanswered_lines_running_on(write, campaign)
    with lock_group_admissions(write, {line.from_group_id for line in lines}, now) as admissions:
        for line in lines:
            end_place_with_year(write, line, campaign, now)
            admissions[line.from_group_id].changed_children.add(line.child_id)
    return len(lines)


def _running_campaigns(read: Database, now: datetime) -> Sequence[RenewalCampaign]:
    lately = (RenewalCampaign.state == CLOSED) & (RenewalCampaign.closes_at > now - ENDS_WITHIN)
    query = select(RenewalCampaign).where(or_(RenewalCampaign.state == OPEN, lately))
    return read.scalars(query.order_by(RenewalCampaign.id)).all()


def _due_steps(read: Database, campaign: RenewalCampaign, now: datetime) -> list[Step]:
    """Return the steps that are due, without a lock: each step checks again under its own."""
    if campaign.closes_at <= now:
        return [close_campaign, end_unanswered_places]
    day = now.astimezone(PARIS).date()
    asks = campaign.opens_at <= now and places_to_ask(read, campaign.id, day, 1)
    since = reminder_moment(campaign.closes_at, campaign.remind_days)
    reminds = campaign.reminded_at is None and since is not None and since <= now
    return [
        *([add_lines_for_unasked_places] if asks else []),
        *([remind_before_deadline] if reminds else []),
    ]


def _run_step(store: Store, step: Step, campaign_id: str, now: datetime) -> int:
    with store.write() as write:
        return step(write, campaign_id, now)


def _unanswered_lines_running_on(write: Write, campaign: RenewalCampaign) -> Sequence[Renewal]:
    last_day = school_year_days(campaign.from_year)[1]
    open_ended = ends_after_condition(Place.valid_to, last_day)
    return write.scalars(
        select(Renewal)
        .join(Place, Place.id == Renewal.place_id)
        .where(Renewal.campaign_id == campaign.id, Renewal.answer == UNANSWERED, open_ended)
        .order_by(Renewal.id)
        .limit(ENDED_AT_ONCE)
    ).all()
