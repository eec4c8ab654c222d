"""Decision whether a new PayFiP operation may start while another of the bill is open: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.billing.payments.rules.payfip_verdicts import is_unknown_result

USEFUL = timedelta(minutes=10)
"""PayFiP accepts a payment for 15 minutes: the payer needs some of them."""

BETWEEN_TWO = timedelta(minutes=20)
"""The least time between two operations of one bill, where the first one's result is unknown."""

SAME, ANEW = "same", "anew"


@dataclass(frozen=True, slots=True)
class OpenOperation:
    """The open payment of a bill; `sent_at` is None where PayFiP never answered."""

    cents: int
    sent_at: datetime | None
    result: str = ""


def decide_on_open_payment(
    operation: OpenOperation, asked_cents: int, now: datetime
) -> str | datetime:
    """
    Return SAME: go on with the open one; ANEW: give it up; or until when to wait.

    PayFiP was asked about it just now, and had no result.
    """
    is_for_that = operation.cents == asked_cents
    if operation.sent_at is None:
        return SAME if is_for_that else ANEW
    if is_unknown_result(operation.result):
        return now + BETWEEN_TWO
    age = now - operation.sent_at
    if age < USEFUL and is_for_that:
        return SAME
    return operation.sent_at + BETWEEN_TWO if age < BETWEEN_TWO else ANEW
