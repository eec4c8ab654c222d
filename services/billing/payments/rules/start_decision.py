"""Decision whether a new PayFiP operation may start while another of the bill is open: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.billing.payments.rules.payfip_verdicts import is_unknown_result
from shared.contracts.billing.payments import BETWEEN_TWO

USEFUL = timedelta(minutes=10)
"""PayFiP accepts a payment for 15 minutes: the payer needs some of them."""

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
    age = now - operation.sent_at
    if age < USEFUL and is_for_that and not is_unknown_result(operation.result):
        return SAME
    until = moment_of_next_operation(operation.sent_at, operation.result, now)
    return until if until > now else ANEW


def moment_of_next_operation(sent_at: datetime, result: str, now: datetime) -> datetime:
    """Return from when on another operation may start beside one whose result is not known."""
    return (now if is_unknown_result(result) else sent_at) + BETWEEN_TWO
