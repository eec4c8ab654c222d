"""Letters by e-mail that wait, for operations."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from services.identity.mail.rules import WAITING
from services.identity.models import Letter
from shared.database import Read
from shared.database.metrics import Metric, waiting


def of_letters(read: Read, moment: datetime) -> Iterable[Metric]:
    """Measure what the town's mail server has not taken yet."""
    letters = select(func.count(), func.min(Letter.posted_at)).where(Letter.state == WAITING)
    count, oldest = read.execute(letters).one()
    yield from waiting("mail", count, oldest, moment)
