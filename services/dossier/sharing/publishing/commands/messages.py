"""
What leaves for providers: each letter is one projection of one child at one version.

Letters of the same provider and projection travel together, at most a hundred children in one event
and well under the bus's largest message.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.policy import Reach
from services.dossier.sharing.rules.targets import Target
from shared.contracts.dossier import dossier as contracts
from shared.database import Write

EVENT_BYTES = 128_000
"""Most bytes of contents in one event, half of what the bus takes."""


@dataclass(frozen=True)
class Letter:
    """A whole projection, or with no content a tombstone to be erased after `erase_after`."""

    target: Target
    version: int
    content: Content | None
    erase_after: datetime | None = None

    def item(self) -> dict[str, Any]:
        return {
            "child_id": self.target.child_id,
            "version": self.version,
            "content": self.content,
            "erase_after": self.erase_after,
        }


def send(write: Write, reach: Reach, letters: Iterable[Letter]) -> list[Letter]:
    """Put the letters that may leave into the outbox; return them."""
    leaving = [
        letter
        for letter in letters
        if reach.leaves(*letter.target[1:], ends=letter.content is None)
    ]
    by_stream: dict[tuple[str, str], list[Letter]] = defaultdict(list)
    for letter in leaving:
        by_stream[letter.target[1:]].append(letter)
    for (provider, projection), some in by_stream.items():
        for items in batches(some):
            write.tell(
                contracts.projection,
                to=reach.principals[provider],
                topic=projection,
                projection=projection,
                items=items,
            )
    return leaving


def batches(letters: Iterable[Letter]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for letter in letters:
        item, bytes_more = letter.item(), _bytes(letter.content)
        full = len(batch) == contracts.RESYNC_BATCH or size + bytes_more > EVENT_BYTES
        if batch and full:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += bytes_more
    if batch:
        yield batch


def _bytes(content: Content | None) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())
