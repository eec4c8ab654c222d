"""A file in parts: a message takes only so much."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

PART = 120_000
"""Bytes of one part: as base64 160 kB, of the 256 kB of a message."""


def part_of(name: str, content: bytes, part: int) -> Mapping[str, Any]:
    """Return a part of a file with how many there are; a part that does not exist is empty."""
    return {
        "name": name,
        "content": b64encode(content[part * PART : (part + 1) * PART]).decode(),
        "parts": -(-len(content) // PART),
        "sha256": sha256(content).hexdigest(),
    }
