"""Schedule by which open online payments are polled, in case no notification arrives: pure."""

from datetime import datetime, timedelta

from services.billing.payments.rules.payfip_verdicts import (
    CANCELLATION_HOLDS_AFTER,
    DISCREPANT,
    PAID,
    PENDING,
    REVERSED,
    is_cancellation,
    is_unknown_result,
)

STEPS = (
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=2),
    timedelta(days=1),
)
"""
After it was opened; the last one also asks about what seemed refused, cancelled or expired, since
a payment that comes after all is still taken.
"""

EVERY = timedelta(days=1)
"""Time between questions after the last of STEPS, for what is still open."""

AFTER_SILENCE = timedelta(minutes=5)

NEVER_SENT_AFTER = timedelta(minutes=15)
"""A payment that PayFiP never received is given up: no payer was sent there."""


def next_check(sent_at: datetime, state: str, result: str, now: datetime) -> datetime | None:
    """
    Return when to ask again about a payment; None where nothing can change any more.

    A cancellation that does not hold yet is asked about when it does: the bill is owed as before.
    What was sent while a clock was ahead counts as sent now.
    """
    if state in (PAID, REVERSED, DISCREPANT):
        return None
    if state == PENDING and is_cancellation(result):
        return now + CANCELLATION_HOLDS_AFTER
    steps = (min(sent_at, now) + step for step in STEPS)
    due = next((moment for moment in steps if moment > now), None)
    if due is None and (state == PENDING or is_unknown_result(result)):
        return now + EVERY
    return due
