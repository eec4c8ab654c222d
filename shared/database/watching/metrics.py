"""
Metrics that a service reads from its own database for operations: queue lengths and ages.

A metric is a name, one label (a provider, a régie, "" for none) and a number; never of a family.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select

from shared.database.store import Read
from shared.database.tables.kit_tables import kit_table


class Metric(NamedTuple):
    """One number; ages are in seconds, 0 if nothing waits."""

    name: str
    value: float
    label: str = ""


MetricSource = Callable[[Read, datetime], Iterable[Metric]]
"""Function that returns the metrics of one subject, from a short read and the current time."""


def age_seconds(since: datetime | None, moment: datetime) -> float:
    """Return the seconds since then, 0 for never."""
    return max(0.0, (moment - since).total_seconds()) if since else 0.0


def queue_metrics(
    name: str, count: int | None, since: datetime | None, moment: datetime
) -> list[Metric]:
    """Return the two metrics of a queue: its length, and the age of its oldest row."""
    return [
        Metric(f"{name}_waiting", count or 0),
        Metric(f"{name}_oldest_seconds", age_seconds(since, moment)),
    ]


def make_outbox_metric_source(metadata: Any) -> MetricSource:
    """Return the metric source of a service's outbox and of its returned publications."""
    outbox, returned = kit_table(metadata, "outbox"), kit_table(metadata, "returned")

    def measure_outbox(read: Read, moment: datetime) -> Iterable[Metric]:
        count, oldest = read.execute(select(func.count(), func.min(outbox.c.published_at))).one()
        yield from queue_metrics("outbox", count, oldest, moment)
        yield Metric("returned", read.scalar(select(func.count()).select_from(returned)) or 0)
        lately = returned.c.returned_at > moment - timedelta(days=1)
        yield Metric("returned_lately", read.scalar(select(func.count()).where(lately)) or 0)

    return measure_outbox
