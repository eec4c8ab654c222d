"""
Lanes of events: each keeps the events of one child or household in order.

A lane is a number, and a few thousand of them carry all of a town: who sees it on the broker learns
of no child. Where a subscriber has several queues, the broker sends a lane to always the same one.
"""

from zlib import crc32

LANES = 4096
HEADER = "lane"
"""The header of a message by which a subscriber's queues share out what arrives."""

UNKEYED = 0
"""The lane of events that are ordered by nothing of theirs: all in one, as they were sent."""


def lane_of(key: str) -> int:
    """Return the lane of an id; of "" the one in which unkeyed events are."""
    return crc32(key.encode()) % LANES if key else UNKEYED
