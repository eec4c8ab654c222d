"""Orders of meals: those sent from here, and those that came to a caterer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import MealOrder, ReceivedOrder
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.rules.deadlines import Cutoff, deadline_for_day


def sent_orders_by_day(read: Session, first: date, last: date) -> dict[date, list[MealOrder]]:
    """Return by day the versions sent, the first one first."""
    query = select(MealOrder).where(MealOrder.day.between(first, last))
    found: dict[date, list[MealOrder]] = defaultdict(list)
    for row in read.scalars(query.order_by(MealOrder.day, MealOrder.version)):
        found[row.day].append(row)
    return found


def order_deadline(read: Session, day: date, cutoff: str) -> datetime:
    """Return until when a day may be ordered, by the provider's own calendar."""
    return order_deadlines(read, [day], cutoff)[day]


def order_deadlines(read: Session, days: Iterable[date], cutoff: str) -> dict[date, datetime]:
    """Return until when each of some days may be ordered, in one reading of the calendar."""
    calendar, parsed = current_calendar(read), Cutoff.parse(cutoff)
    return {day: deadline_for_day(day, parsed, calendar) for day in days}


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
