"""A file in parts: a message takes only so much."""

from shared.contracts.values import FilePart
from shared.files import types as files

PART = 120_000
"""Bytes of one part: as base64 160 kB, of the 256 kB of a message."""


def file_part(name: str, content: bytes, part: int) -> FilePart:
    """Return a part of a file with how many there are; a part that does not exist is empty."""
    return FilePart(
        name=name,
        content=files.part_of(content, part, PART),
        parts=files.parts_of(len(content), PART),
        sha256=files.digest_of(content),
    )
