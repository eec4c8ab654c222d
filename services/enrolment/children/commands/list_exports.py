"""Publishes that a list of children left the desk as a file (rule R13)."""

from collections.abc import Iterable
from datetime import datetime

from shared.contracts.enrolment.sharing import replica_events as contracts
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.dates.clock import is_unusual_hour


def publish_list_export(
    write: Write, role: str, subject: str, child_ids: Iterable[str], part: str, now: datetime
) -> None:
    """Publish of which children a file speaks: an event for some hundreds of them."""
    for some in ordered_chunks(set(child_ids), contracts.LIST_BATCH):
        event = contracts.ListTaken(
            child_ids=list(some),
            part=part,
            subject=subject,
            role=role,
            at=now,
            unusual=is_unusual_hour(now),
        )
        write.publish(contracts.list_taken, event)
