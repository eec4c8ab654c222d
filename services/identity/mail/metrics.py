"""Metrics of the emails that wait to be sent."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from services.identity.mail.rules.retries import WAITING
from services.identity.models import Email
from shared.database import Read
from shared.database.watching.metrics import Metric, queue_metrics


def measure_waiting_emails(read: Read, moment: datetime) -> Iterable[Metric]:
    """Measure the emails that the town's mail server has not accepted yet."""
    emails = select(func.count(), func.min(Email.posted_at)).where(Email.state == WAITING)
    count, oldest = read.execute(emails).one()
    yield from queue_metrics("mail", count, oldest, moment)
