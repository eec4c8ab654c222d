"""A file in parts: a message takes only so much."""

from shared.contracts.values import FilePart
from shared.files.file_parts import count_parts, encode_part
from shared.files.types import digest_of_file

PART = 120_000
"""Bytes of one part: as base64 160 kB, of the 256 kB of a message."""


def file_part(name: str, content: bytes, part: int) -> FilePart:
    """Return a part of a file with how many there are; a part that does not exist is empty."""
    return FilePart(
        name=name,
        content=encode_part(content, part, PART),
        parts=count_parts(len(content), PART),
        sha256=digest_of_file(content),
    )
