"""Metrics of the emails that wait to be sent, or of which nobody knows whether they were."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, not_, select

from services.identity.mail.queries.email_counts import waits_for_address_alone
from services.identity.mail.rules.retries import REFUSED, SENT, UNCERTAIN, WAITING
from services.identity.models import Email
from shared.database import Read
from shared.database.watching.metrics import Metric, queue_metrics

DAY = timedelta(days=1)


def measure_waiting_emails(read: Read, moment: datetime) -> Iterable[Metric]:
    """
    Measure the emails that the town's mail server has not accepted yet.

    One that waits for its own address does not count. Uncertain ones do until they are of no use.
    """
    emails = select(func.count(), func.min(Email.posted_at)).where(Email.state == WAITING)
    count, oldest = read.execute(emails.where(not_(waits_for_address_alone()))).one()
    yield from queue_metrics("mail", count, oldest, moment)
    refused, sent = (_count_lately(read, state, moment) for state in (REFUSED, SENT))
    yield Metric("mail_refused", refused if refused > sent else 0)
    uncertain = select(func.count()).where(Email.state == UNCERTAIN, Email.ended_at.is_(None))
    yield Metric("mail_uncertain", read.scalar(uncertain) or 0)


def _count_lately(read: Read, state: str, moment: datetime) -> int:
    """Return how many emails that were due within a day ended so."""
    due = select(func.count()).where(Email.state == state, Email.next_at > moment - DAY)
    return read.scalar(due) or 0
