"""Lag of the providers' replicas behind the projections sent to them, for operations."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from services.dossier.models import Projection
from services.dossier.sharing.queries.current_access_policy import current_policy
from shared.database import Read
from shared.database.watching.metrics import Metric, age_seconds


def measure_replica_lag(read: Read, moment: datetime) -> Iterable[Metric]:
    """Yield by entitled provider the number of versions not received, and the age of the oldest."""
    behind = (
        select(Projection.provider, func.count(), func.min(Projection.sent_at))
        .where(Projection.received_version < Projection.version)
        .group_by(Projection.provider)
    )
    found = {provider: (count, sent_at) for provider, count, sent_at in read.execute(behind)}
    policy = current_policy()
    for provider in sorted(policy.running | policy.trial):
        count, sent_at = found.get(provider, (0, None))
        yield Metric("replica_behind", count, provider)
        yield Metric("replica_lag_seconds", age_seconds(sent_at, moment), provider)
