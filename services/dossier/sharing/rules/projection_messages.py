"""Messages of projections to providers, and how many of them go into one event."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts.dossier.sharing import projections as contracts
from shared.json_values import as_json

EVENT_BYTES = 128_000
"""Most bytes of contents in one event, half of what the bus takes."""


@dataclass(frozen=True)
class ProjectionMessage:
    """A whole projection, or with no content a tombstone to be erased after `erase_after`."""

    target: Target
    version: int
    content: Content | None
    erase_after: datetime | None = None

    def item(self) -> contracts.ProjectedChild:
        return {
            "child_id": self.target.child_id,
            "version": self.version,
            "content": self.content,
            "erase_after": self.erase_after,
        }


def batch_messages(
    messages: Iterable[ProjectionMessage],
) -> Iterator[list[contracts.ProjectedChild]]:
    batch: list[contracts.ProjectedChild] = []
    size = 0
    for message in messages:
        item, bytes_more = message.item(), _size_in_bytes(message.content)
        full = len(batch) == contracts.RESYNC_BATCH or size + bytes_more > EVENT_BYTES
        if batch and full:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += bytes_more
    if batch:
        yield batch


def _size_in_bytes(content: Content | None) -> int:
    return len(as_json(content).encode())
