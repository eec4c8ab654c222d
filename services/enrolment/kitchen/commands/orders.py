"""Orders of a provider: sent as numbers, changed after their hour by asking, answered once."""

import json
from datetime import date, datetime

from services.enrolment.kitchen.queries.meal_needs import meal_needs_of_day
from services.enrolment.kitchen.queries.orders import order_deadline, sent_orders_by_day
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.kitchen.rules.order_states import (
    Needed,
    are_same_needs,
    needs_of_version,
    unanswered_change,
    version_in_force,
)
from services.enrolment.models import MealOrder
from shared.contracts.enrolment.kitchen import meal_orders
from shared.contracts.enrolment.kitchen.meal_orders import CHANGE, FITTING, MOST_LINES, ORDER
from shared.contracts.message import MOST_BYTES
from shared.database import Vault, Write
from shared.dates.clock import PARIS
from shared.register import Provider

NO_CATERER, NO_MEAL, TOO_LATE = "no_caterer", "no_meal", "too_late"
UNCHANGED, CHANGE_WAITS, MOVED = "unchanged", "change_waits", "moved"
TOO_MANY = "too_many"

ROOM = MOST_BYTES - 4 * 1024
"""Bytes that an order's lines may take of a message: the rest is its envelope's."""


class OrderRefused(ValueError):
    """An order that was not sent; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def send_order(
    write: Write,
    vault: Vault,
    caterer: Provider | None,
    day: date,
    kitchen: Kitchen,
    agent: str,
    now: datetime,
    *,
    shown: str | None = None,
) -> MealOrder:
    """
    Send a day's meals to the caterer: as the order by its hour, as a change to ask for after it.

    `shown` is the mark of what the agent saw: another need is not sent unseen. Raises OrderRefused.
    """
    if caterer is None or caterer.cooks is None:
        raise OrderRefused(NO_CATERER)
    if day < now.astimezone(PARIS).date():
        raise OrderRefused(TOO_LATE)
    write.lock_names(f"order:{day.isoformat()}")
    needed = meal_needs_of_day(write, vault, day, kitchen)
    sent = sent_orders_by_day(write, day, day).get(day, [])
    on_time = now <= order_deadline(write, day, caterer.cooks.order_before)
    _refuse_needless_or_late_order(needed, sent, on_time=on_time)
    if shown is not None and shown != needed.mark:
        raise OrderRefused(MOVED)
    _refuse_too_large_order(needed)
    row = MealOrder(
        day=day,
        version=len(sent) + 1,
        kind=ORDER if on_time else CHANGE,
        meals=needed.meal_lines(),
        allergens=needed.allergen_lines(),
        adults=needed.adult_lines(),
        sent_by=agent,
        sent_at=now,
    )
    write.add(row)
    write.flush()
    write.publish(meal_orders.meals_ordered, _order_as_sent(row), to=caterer.principal)
    return row


def store_answer_of_caterer(write: Write, event: meal_orders.OrderAnswered) -> bool:
    """Write what the caterer said to a version, once; say whether it was new."""
    row = write.get(MealOrder, (event.day, event.version), with_for_update=True)
    if row is None or row.answer is not None or event.answer not in FITTING[row.kind]:
        return False
    row.answer, row.reason, row.answered_at = event.answer, event.reason, event.answered_at
    return True


def _refuse_needless_or_late_order(needed: Needed, sent: list[MealOrder], *, on_time: bool) -> None:
    holds = version_in_force(sent)
    if not needed.total and holds is None:
        raise OrderRefused(NO_MEAL)
    if not on_time and holds is None:
        raise OrderRefused(TOO_LATE)
    if not on_time and unanswered_change(sent) is not None:
        raise OrderRefused(CHANGE_WAITS)
    if holds is not None and are_same_needs(needed, needs_of_version(holds)):
        raise OrderRefused(UNCHANGED)


def _refuse_too_large_order(needed: Needed) -> None:
    """Refuse what one message cannot hold: an order is sent whole or not at all."""
    lists = needed.meal_lines(), needed.allergen_lines(), needed.adult_lines()
    longest = max(len(lines) for lines in lists)
    if longest > MOST_LINES or len(json.dumps(lists)) > ROOM:
        raise OrderRefused(TOO_MANY)


def _order_as_sent(row: MealOrder) -> meal_orders.MealsOrdered:
    return meal_orders.MealsOrdered(
        day=row.day,
        version=row.version,
        kind=row.kind,
        meals=row.meals,
        allergens=row.allergens,
        adults=row.adults,
        sent_at=row.sent_at,
    )
