"""A year that goes on into the next: a campaign, and families who answer it, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Activity, Application, Group, Place, Renewal, RenewalCampaign
from services.enrolment.offer.rules.calendar import (
    next_school_year,
    school_year_days,
    school_year_of,
)
from services.enrolment.school_year.renewal.commands import campaigns
from services.enrolment.school_year.renewal.commands import deadlines as due
from services.enrolment.store import store
from shared.contracts.enrolment.school_year.renewals import CONFIRM
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import offer
from tests.factories import places as asking
from tests.factories.bookings import Home
from tests.factories.enrolment import Provider
from tests.factories.places import Family

DEADLINE = timedelta(days=20)


def this_year() -> str:
    return school_year_of(today())


def next_year() -> str:
    return next_school_year(this_year())


def first_day() -> date:
    """Return the first day of next year."""
    return school_year_days(next_year())[0]


def last_day() -> date:
    """Return the last day of this year."""
    return school_year_days(this_year())[1]


@dataclass(frozen=True)
class Years:
    """One activity this year, its like next year, and a group in each."""

    former: Activity
    group: Group
    following: Activity
    after: Group


def two_years(
    places: int | None = None, after: Mapping[str, Any] | None = None, **both: Any
) -> Years:
    """Add an activity of this year and its draft of the next, whose group has so many places."""
    with store.write() as write:
        former = offer.an_activity(write, school_year=this_year(), **both)
        group = offer.a_group(write, former, last_day=today() + timedelta(days=60))
        following = offer.an_activity(
            write, school_year=next_year(), state="draft", copied_from=former.id, **both
        )
        values = {"label": group.label, "first_day": first_day(), "places": places}
        values |= {"last_day": first_day() + timedelta(days=300), "weekdays": "1245"}
        values |= {"starts": "11:45", "ends": "13:30", "runs_in": "always", **(after or {})}
        next_group = Group(id=new_id(), activity_id=following.id, **values)
        write.add(next_group)
    return Years(former, group, following, next_group)


def a_campaign(*years: Years, **more: Any) -> RenewalCampaign:
    """Write a campaign, and open it."""
    campaign = a_draft(*years, **more)
    with store.write() as write:
        return campaigns.open_drafted_campaign(write, campaign.id, new_id(), now())


def a_draft(*years: Years, **more: Any) -> RenewalCampaign:
    moment = now()
    values = {
        "from_year": this_year(),
        "opens_at": moment - timedelta(minutes=1),
        "closes_at": moment + DEADLINE,
        "keeps": True,
        "remind_days": 5,
        **more,
    }
    routes = {one.former.id: one.following.id for one in years}
    with store.write() as write:
        return campaigns.save_draft(write, None, values, routes)


def time_comes(moment: datetime | None = None) -> None:
    """Let the service's timers run as at this moment."""
    moment = moment or now()
    due.carry_out_due_steps(store, moment)
    asking.pass_time(moment)


def line_of(child_id: str, group: Group | None = None) -> Renewal:
    """Return the line of a child, of a group where it has several."""
    with store.read() as read:
        wanted = select(Renewal).where(Renewal.child_id == child_id)
        if group is not None:
            wanted = wanted.where(Renewal.from_group_id == group.id)
        return read.scalars(wanted).one()


def answers(
    provider: Provider,
    one: Home | Family,
    answer: str = CONFIRM,
    *,
    by: str | None = None,
    at: datetime | None = None,
    handled: datetime | None = None,
    weekdays: str = "",
    no_fixed_day: bool = False,
    line: Renewal | None = None,
) -> str:
    """Answer a child's line through both sides of the contract; return what it became."""
    moment = at or now()
    guardian = one.claire if isinstance(one, Home) else one.guardian
    answered = family.orders_at(
        provider,
        "answer_renewal",
        by or guardian,
        OrderTime(moment, handled or moment),
        child_id=one.child.id,
        renewal_id=(line or line_of(one.child.id)).id,
        answer=answer,
        weekdays=[int(day) for day in weekdays],
        no_fixed_day=no_fixed_day,
    )
    return str(answered["became"])


def next_place(child_id: str, years: Years) -> Place | None:
    with store.read() as read:
        wanted = select(Place).where(Place.child_id == child_id, Place.group_id == years.after.id)
        return read.scalars(wanted).one_or_none()


def request_of(child_id: str, years: Years) -> Application | None:
    """Return the latest request of a child for next year's group."""
    with store.read() as read:
        return read.scalars(
            select(Application)
            .where(Application.child_id == child_id, Application.group_id == years.after.id)
            .order_by(Application.decided_at.desc())
        ).first()


def on_card(provider: Provider, household: str) -> list[dict[str, Any]]:
    """Return the lines on the last card of a household."""
    cards = [one for one in provider.published("family_card") if one["household_id"] == household]
    return [line for child in cards[-1]["children"] for line in child["renewals"]] if cards else []


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, PARIS)
