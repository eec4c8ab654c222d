"""
What a service reads of its own database for operations: how much waits, and since when.

A measure is a name, one label (a provider, a régie, "" for none) and a number; never of a family.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select

from shared.database.kit_tables import kit_table
from shared.database.store import Read


class Metric(NamedTuple):
    """One number; ages are in seconds, 0 where nothing waits."""

    name: str
    value: float
    label: str = ""


MetricSource = Callable[[Read, datetime], Iterable[Metric]]
"""Measures one subject of a service: a short read, and the moment from which ages count."""


def age(since: datetime | None, moment: datetime) -> float:
    """Return the seconds since then, 0 for never."""
    return max(0.0, (moment - since).total_seconds()) if since else 0.0


def waiting(name: str, count: int | None, since: datetime | None, moment: datetime) -> list[Metric]:
    """Return the two measures of a queue: how many wait, and how long the oldest has."""
    return [
        Metric(f"{name}_waiting", count or 0),
        Metric(f"{name}_oldest_seconds", age(since, moment)),
    ]


def of_outbox(metadata: Any) -> MetricSource:
    """Return how to measure what a service has told and the broker has not taken yet."""
    outbox, returned = kit_table(metadata, "outbox"), kit_table(metadata, "returned")

    def measure(read: Read, moment: datetime) -> Iterable[Metric]:
        count, oldest = read.execute(select(func.count(), func.min(outbox.c.published_at))).one()
        yield from waiting("outbox", count, oldest, moment)
        back = read.scalar(select(func.count()).select_from(returned)) or 0
        yield Metric("returned", back)
        lately = returned.c.returned_at > moment - timedelta(days=1)
        yield Metric("returned_lately", read.scalar(select(func.count()).where(lately)) or 0)

    return measure
