"""Orders that customers sent to this caterer, and what it says to them."""

from datetime import date, datetime

from services.enrolment.models import ReceivedOrder
from shared.contracts.enrolment.kitchen import meal_orders
from shared.contracts.enrolment.kitchen.meal_orders import FITTING
from shared.contracts.errors import NotFound
from shared.database import Write


class Answered(ValueError):
    """A version that was answered before, or replaced by another one."""


def store_order(write: Write, customer: str, event: meal_orders.MealsOrdered) -> bool:
    """Store a version of a customer's order, once; say whether it was new."""
    if write.get(ReceivedOrder, (customer, event.day, event.version)) is not None:
        return False
    write.add(
        ReceivedOrder(
            customer=customer,
            day=event.day,
            version=event.version,
            kind=event.kind,
            meals=list(event.meals),
            allergens=list(event.allergens),
            adults=list(event.adults),
            sent_at=event.sent_at,
        )
    )
    write.flush()
    return True


def answer_order(
    write: Write,
    customer: str,
    principal: str,
    day: date,
    version: int,
    answer: str,
    agent: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Say to a customer that its order came, or that a change is accepted or refused."""
    row = write.get(ReceivedOrder, (customer, day, version), with_for_update=True)
    if row is None or answer not in FITTING[row.kind]:
        raise NotFound
    later = write.get(ReceivedOrder, (customer, day, version + 1))
    if row.answer is not None or later is not None:
        raise Answered
    row.answer, row.reason, row.answered_by, row.answered_at = answer, reason, agent, now
    write.publish(
        meal_orders.order_answered,
        meal_orders.OrderAnswered(
            day=day, version=version, answer=answer, reason=reason, answered_at=now
        ),
        to=principal,
    )
