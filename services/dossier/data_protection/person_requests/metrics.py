"""Counts of waiting and of late requests of persons, for operations; without persons."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from services.dossier.models import PersonRequest
from shared.contracts.dossier.data_protection.person_requests import CLOSED
from shared.database import Read
from shared.database.watching.metrics import Metric
from shared.dates.clock import PARIS


def measure_person_requests(read: Read, moment: datetime) -> Iterable[Metric]:
    """Measure how many are open, and how many of them past their last day."""
    day = moment.astimezone(PARIS).date()
    waiting = select(func.count()).select_from(PersonRequest)
    waiting = waiting.where(PersonRequest.state.not_in(CLOSED))
    yield Metric("person_request_open", read.scalar(waiting) or 0)
    late = waiting.where(PersonRequest.due_on < day)
    yield Metric("person_request_overdue", read.scalar(late) or 0)
