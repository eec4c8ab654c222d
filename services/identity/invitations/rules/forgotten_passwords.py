"""
Limits of emails for forgotten passwords, by who asks, so that no mailbox is filled.

A stranger who asks in a person's name uses up what that place may ask for, and not what the person
may ask for from another place. From a device that the account knows, strangers' requests do not
count at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Limits = Sequence[tuple[timedelta, int]]

OF_A_PLACE: Limits = ((HOUR, 1), (DAY, 3))
OF_STRANGERS: Limits = ((DAY, 10),)
"""Limits of emails that strangers have sent to one person, from all places together."""
OF_A_DEVICE: Limits = ((HOUR, 3),)


def may_send_one_more_email(sent: Sequence[datetime], limits: Limits, at: datetime) -> bool:
    """Say whether one more email keeps within the limits."""
    return all(sum(at - moment < window for moment in sent) < most for window, most in limits)
