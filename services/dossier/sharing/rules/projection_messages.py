"""Messages of projections to providers, and how many of them go together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts.dossier.sharing import projections as contracts
from shared.json_values import as_json

MESSAGE_BYTES = 128_000
"""Most bytes of contents in one event or answer, half of what the bus takes."""


@dataclass(frozen=True)
class ProjectionMessage:
    """
    A whole projection, or with no content a tombstone to be erased after `erase_after`.

    `acknowledged` says that this version was sent before, and its receipt has come.
    """

    target: Target
    version: int
    content: Content | None
    erase_after: datetime | None = None
    acknowledged: bool = False

    def item(self) -> contracts.ProjectedChild:
        return {
            "child_id": self.target.child_id,
            "version": self.version,
            "content": self.content,
            "erase_after": self.erase_after,
        }


def batch_messages(
    messages: Iterable[ProjectionMessage], most: int = contracts.RESYNC_BATCH
) -> Iterator[list[ProjectionMessage]]:
    """Yield messages that go together, in their order: so many at most, and as many as fit."""
    batch: list[ProjectionMessage] = []
    size = 0
    for message in messages:
        bytes_more = _size_in_bytes(message.content)
        if batch and (len(batch) == most or size + bytes_more > MESSAGE_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += bytes_more
    if batch:
        yield batch


def _size_in_bytes(content: Content | None) -> int:
    return len(as_json(content).encode())
