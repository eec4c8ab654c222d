"""Orders of meals: those sent from here, and those that came to a caterer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.bookings.queries.expected_counts import MEETING, booked_children
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.kitchen.rules.order_states import OrderGap, gap_of_order
from services.enrolment.models import Activity, Group, MealOrder, ReceivedOrder
from services.enrolment.models import Session as Meeting
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.queries.sites import present_name_by_former
from services.enrolment.offer.rules.deadlines import Cutoff, deadline_for_day
from shared.dates.clock import PARIS


def sent_orders_by_day(read: Session, first: date, last: date) -> dict[date, list[MealOrder]]:
    """Return by day the versions sent, the first one first; sites as they are called now."""
    query = select(MealOrder).where(MealOrder.day.between(first, last))
    found: dict[date, list[MealOrder]] = defaultdict(list)
    present = present_name_by_former(read)
    for row in read.scalars(query.order_by(MealOrder.day, MealOrder.version)):
        found[row.day].append(_with_present_names_of_sites(row, present) if present else row)
    return found


def _with_present_names_of_sites(row: MealOrder, present: Mapping[str, str]) -> MealOrder:
    """Return a copy of a version that is not stored: what was sent never changes."""
    values = {column.key: getattr(row, column.key) for column in MealOrder.__table__.columns}
    for lines in ("meals", "allergens", "adults"):
        values[lines] = [
            line | {"site": present.get(line["site"], line["site"])} for line in values[lines]
        ]
    return MealOrder(**values)


def order_deadline(read: Session, day: date, cutoff: str) -> datetime:
    """Return until when a day may be ordered, by the provider's own calendar."""
    return order_deadlines(read, [day], cutoff)[day]


def order_deadlines(read: Session, days: Iterable[date], cutoff: str) -> dict[date, datetime]:
    """Return until when each of some days may be ordered, in one reading of the calendar."""
    calendar, parsed = current_calendar(read), Cutoff.parse(cutoff)
    return {day: deadline_for_day(day, parsed, calendar) for day in days}


def gaps_of_orders(read: Session, kitchen: Kitchen, now: datetime) -> list[OrderGap]:
    """Return what orders of days to come lack, or have for nobody; no child's file is opened."""
    today = now.astimezone(PARIS).date()
    sent = sent_orders_by_day(read, today, date.max)
    meetings = read.execute(
        select(GROUP_SITE.label("site"), Meeting.day, *MEETING)
        .select_from(Meeting)
        .join(Group, Group.id == Meeting.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Meeting.day.in_(list(sent)), Activity.code.in_(kitchen.codes))
    ).all()
    begun = {row.day for row in meetings if row.starts_at <= now}
    children: dict[date, Counter[str]] = {day: Counter() for day in sent if day not in begun}
    planned = [row for row in meetings if row.state == PLANNED and row.day in children]
    booked = booked_children(read, planned)
    for row in planned:
        children[row.day][row.site] += len(booked[row.id])
    gaps = (gap_of_order(day, sent[day], children[day]) for day in sorted(children))
    return [gap for gap in gaps if gap]


def orders_received_from_day(
    read: Session, day: date
) -> Mapping[tuple[str, date], list[ReceivedOrder]]:
    """Return what customers ordered for a day and those after it, the first version first."""
    query = select(ReceivedOrder).where(ReceivedOrder.day >= day)
    found: dict[tuple[str, date], list[ReceivedOrder]] = defaultdict(list)
    for row in read.scalars(
        query.order_by(ReceivedOrder.day, ReceivedOrder.customer, ReceivedOrder.version)
    ):
        found[row.customer, row.day].append(row)
    return found


def version_waiting_for_answer(versions: list[ReceivedOrder]) -> ReceivedOrder | None:
    """Return the version that asks for an answer: the last one, where none was given."""
    last = versions[-1] if versions else None
    return last if last is not None and last.answer is None else None
