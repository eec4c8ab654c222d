"""
Health not marked as seen by 18 h on the eve of the next session (rule R5).

The eve is the last working day before it: on a Sunday a worried family would reach no agent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.parts_kept_for_counting import CountedParts
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.families.commands import notices
from services.enrolment.models import (
    Activity,
    Booking,
    ChildCard,
    Group,
    Session,
    StoredProjection,
)
from services.enrolment.models.offer import PLANNED
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.rules.calendar import Calendar, days_between
from services.enrolment.offer.rules.deadlines import Cutoff, deadline_for_day
from shared.contracts.enrolment.places.states import BOOKED
from shared.database import Store, Vault
from shared.dates.clock import PARIS
from shared.register import Provider

CARE_CORE = "care_core"
HEALTH = frozenset({CARE_CORE, "allergies", "treatments", "health_sheet"})
"""Projections that may mean danger for a child; a menu by choice raises no alert."""

EVE = Cutoff(1, time(18))
AHEAD = timedelta(days=40)
"""Time in which the next session is searched: beyond the longest usual closure."""

CARE_PLANS = CountedParts(CARE_CORE, lambda content: bool(content.get("care_plan")))
"""Whether a care core has a PAI, by child: from one look to the next hardly one has changed."""

KIND = "health_unseen"


@dataclass(frozen=True)
class Unseen:
    """A child who is expected next, and of whose health something was not seen in time."""

    child_id: str
    household_id: str
    """The household of that session's day: it alone is notified (rule R9)."""
    day: date
    activity: str
    first_name: str = ""
    last_name: str = ""


def children_unseen_on_eve(
    read: Database,
    vault: Vault,
    marked: Collection[str],
    moment: datetime,
    reach: Reach = EVERYWHERE,
) -> list[Unseen]:
    """
    Return the children in question, each with its next session within reach, soonest first.

    `marked` are the projections that some role of the provider marks as seen; of the care core its
    PAI alone is health.
    """
    children = _children_with_unseen_health(read, vault, HEALTH.intersection(marked))
    if not children:
        return []
    last_day = _last_day_past_its_eve(current_calendar(read), moment)
    next_ones: dict[str, Unseen] = {}
    for row in _next_bookings(read, children, moment, last_day, reach):
        next_ones.setdefault(row.child_id, Unseen(*row))
    return list(next_ones.values())


def projections_marked_by_roles(provider: Provider) -> set[str]:
    """Return the projections that a role of a provider marks as seen."""
    return {projection for role in provider.roles for projection in role.marks_seen}


def notify_families_of_unseen_health(
    store: Store, children: Sequence[Unseen], phone: str, moment: datetime
) -> None:
    """Notify the household of the day whom to call, once for each session."""
    unseen = {
        (child.household_id, f"{KIND}-{child.child_id}-{child.day}"): child for child in children
    }
    with store.read() as read:
        sent = notices.keys_of_notices_sent(read, unseen)
    due = {each: child for each, child in unseen.items() if each not in sent}
    if not due:
        return
    with store.write() as write:
        for (household_id, key), child in due.items():
            detail = {"activity": child.activity, "days": [child.day.isoformat()], "phone": phone}
            notices.notify_households(
                write, [household_id], key, KIND, [child.child_id], detail, moment
            )


def _children_with_unseen_health(
    read: Database, vault: Vault, projections: Collection[str]
) -> set[str]:
    rows = read.execute(
        select(StoredProjection.child_id, StoredProjection.projection).where(
            StoredProjection.to_see.is_(True), StoredProjection.projection.in_(list(projections))
        )
    )
    unseen = {(child_id, projection) for child_id, projection in rows}
    core = [child_id for child_id, projection in unseen if projection == CARE_CORE]
    with_plan = CARE_PLANS.read(read, vault, core) if core else {}
    return {
        child_id
        for child_id, projection in unseen
        if projection != CARE_CORE or with_plan.get(child_id)
    }


def _last_day_past_its_eve(calendar: Calendar, moment: datetime) -> date:
    """Return the last of the days, from today, whose eve is over; that of today always is."""
    this_day = last_day = moment.astimezone(PARIS).date()
    for day in days_between(this_day + timedelta(days=1), this_day + AHEAD):
        if moment < deadline_for_day(day, EVE, calendar):
            break
        last_day = day
    return last_day


def _next_bookings(
    read: Database, children: Collection[str], moment: datetime, last_day: date, reach: Reach
) -> Sequence[Any]:
    this_day = moment.astimezone(PARIS).date()
    query = (
        select(
            Booking.child_id,
            Booking.household_id,
            Session.day,
            Activity.label,
            func.coalesce(ChildCard.first_name, ""),
            func.coalesce(ChildCard.last_name, ""),
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .outerjoin(ChildCard, ChildCard.child_id == Booking.child_id)
        .where(Booking.child_id.in_(list(children)), Booking.state == BOOKED)
        .where(
            Session.state == PLANNED,
            Session.ends_at > moment,
            reach.group_within_condition(Group.id),
        )
        .where(Session.day.between(this_day, last_day))
        .order_by(Session.starts_at, Booking.child_id)
    )
    return read.execute(query).all()
